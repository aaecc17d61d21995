/**
 * Whether a schema may follow another one under FULL compatibility: each must be able to read what the other has written.
 * A registry asks the same when a schema is registered; here the question is answered before anything is released
 * (`compatibility.test.ts` asks it of every schema against every released version). On top of Avro's own rules: a ledger
 * record keeps `prevHash` and `hash` as its last two fields, because the chain is verified by byte position (spec.md 2.2).
 */
import type { AvroDefinition, AvroSchema } from './avro-schema.ts';
import { type AvroType, compileType } from './avro-types.ts';

const SEAL = ['prevHash', 'hash'] as const;

/** Why `next` may not stand beside `former`; null when each reads the other. */
export function incompatibilityOf(former: AvroSchema, next: AvroSchema): string | null {
  const [formerType, nextType] = [compileType(former), compileType(next)];
  return (
    failureOf(nextType, formerType, 'the new schema cannot read what the former one has written') ??
    failureOf(formerType, nextType, 'the former schema cannot read what the new one writes') ??
    brokenSeal(former, next)
  );
}

function failureOf(reader: AvroType, writer: AvroType, meaning: string): string | null {
  try {
    reader.createResolver(writer);
    return null;
  } catch (error) {
    return `${meaning}: ${(error as Error).message}`;
  }
}

function brokenSeal(former: AvroSchema, next: AvroSchema): string | null {
  if (!isSealed(former) || isSealed(next)) return null;
  return 'prevHash and hash must stay the last two fields: add new fields before prevHash (spec.md 2.2)';
}

function isSealed(schema: AvroSchema): boolean {
  const names = (schema as AvroDefinition).fields?.map((field) => field.name) ?? [];
  return SEAL.every((name, index) => names.at(index - SEAL.length) === name);
}
