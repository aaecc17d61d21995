/**
 * A schema registry in memory, for `fluxo fold` and for tests. It keeps the promises of `RegistryPort` with the same
 * compatibility rules as the real one; it forgets everything with the process.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AvroSchema } from './avro-schema.ts';
import { incompatibilityOf } from './compatibility.ts';
import {
  type CompatibilityLevel,
  type RegisteredSchema,
  RegistryFailure,
  type RegistryPort,
} from './registry-port.ts';

type Subject = { level: CompatibilityLevel; readonly versions: RegisteredSchema[] };

export class LocalRegistry implements RegistryPort {
  readonly #subjects = new Map<string, Subject>();
  readonly #ids: AvroSchema[] = [];

  async register(subject: string, schema: AvroSchema): Promise<number> {
    const entry = this.#subjects.get(subject) ?? { level: 'NONE', versions: [] };
    const known = entry.versions.find((version) => isDeepStrictEqual(version.schema, schema));
    if (known !== undefined) return known.id;
    refuseIncompatible(subject, schema, entry);
    this.#subjects.set(subject, entry);
    const id = this.#idOf(schema);
    entry.versions.push({ id, version: entry.versions.length + 1, schema });
    return id;
  }

  async schemasUnder(subject: string): Promise<readonly RegisteredSchema[]> {
    return [...(this.#subjects.get(subject)?.versions ?? [])];
  }

  async setCompatibility(subject: string, level: CompatibilityLevel): Promise<void> {
    const entry = this.#subjects.get(subject);
    if (entry === undefined)
      throw new RegistryFailure('registry-refused', `subject ${subject} does not exist`);
    entry.level = level;
  }

  /** Equal schemas share an id, also across subjects. */
  #idOf(schema: AvroSchema): number {
    const index = this.#ids.findIndex((each) => isDeepStrictEqual(each, schema));
    return index >= 0 ? index + 1 : this.#ids.push(schema);
  }
}

function refuseIncompatible(subject: string, schema: AvroSchema, { level, versions }: Subject): void {
  if (level === 'NONE') return;
  for (const former of versions) {
    const reason = incompatibilityOf(former.schema, schema);
    if (reason !== null)
      throw new RegistryFailure('incompatible-schema', `${subject}, version ${former.version}: ${reason}`);
  }
}
