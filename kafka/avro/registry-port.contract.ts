/**
 * What every `RegistryPort` promises, as tests. `name` goes before the subjects, so that a registry which keeps its content
 * can be judged again and again.
 */

import { avroSchemas, topics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { entrySubmitted } from './avro-samples.ts';
import type { AvroDefinition, AvroSchema } from './avro-schema.ts';
import { compileType } from './avro-types.ts';
import { registerSchemas } from './register-schemas.ts';
import type { RegistryPort } from './registry-port.ts';
import { TopicCodec } from './topic-codec.ts';

const own: AvroDefinition = avroSchemas.ReversalSubmitted;
const fields = own.fields ?? [];

function withField(field: object): AvroSchema {
  return { ...own, fields: [...fields, field as (typeof fields)[number]] };
}

const withNote = withField({ name: 'note', type: ['null', 'string'], default: null });
const withRequired = withField({ name: 'required', type: 'long' });

export function registryPortContract(name: string, openRegistry: () => RegistryPort): void {
  const subject = (topic: string) => `${name}.${topic}-${own.namespace}.${own.name}`;

  describe('a schema registry', () => {
    test('knows no version of a subject nobody registered', async () => {
      expect(await openRegistry().schemasUnder(subject('unknown'))).toEqual([]);
    });

    test('gives the same schema the same id, however often it is registered', async () => {
      const registry = openRegistry();
      const id = await registry.register(subject('twice'), own);
      expect(await registry.register(subject('twice'), own)).toBe(id);
      expect(await registry.schemasUnder(subject('twice'))).toHaveLength(1);
    });

    test('lists all versions in order, each as it was registered', async () => {
      const registry = openRegistry();
      const first = await registry.register(subject('grows'), own);
      await registry.setCompatibility(subject('grows'), 'FULL_TRANSITIVE');
      const second = await registry.register(subject('grows'), withNote);
      const versions = await openSame(registry).schemasUnder(subject('grows'));
      expect(versions.map(({ id, version }) => ({ id, version }))).toEqual([
        { id: first, version: 1 },
        { id: second, version: 2 },
      ]);
      expect(versions.map(({ schema }) => fieldsOf(schema))).toEqual([fieldsOf(own), fieldsOf(withNote)]);
    });

    test('refuses what would break a reader or writer, and keeps what it has', async () => {
      const registry = openRegistry();
      await registry.register(subject('breaks'), own);
      await registry.setCompatibility(subject('breaks'), 'FULL_TRANSITIVE');
      const removed = { ...own, fields: fields.slice(0, -1) };
      for (const breaking of [withRequired, removed]) {
        const refused = expect.objectContaining({ code: 'incompatible-schema' });
        await expect(registry.register(subject('breaks'), breaking)).rejects.toEqual(refused);
      }
      expect(await registry.schemasUnder(subject('breaks'))).toHaveLength(1);
    });

    test('serves the codec of a topic, also when the schemas are registered again', async () => {
      const registry = openRegistry();
      const topic = { ...topics.submissions, name: `${name}.codec` };
      await registerSchemas(registry, [topic]);
      await registerSchemas(registry, [topic]);
      const codec = await TopicCodec.open(registry, topic);
      const decoded = codec.decode(codec.encode('EntrySubmitted', entrySubmitted));
      expect(decoded).toMatchObject({ kind: 'record', type: 'EntrySubmitted', value: entrySubmitted });
    });

    test('refuses a release whose schemas break the former ones, naming the subject', async () => {
      const registry = openRegistry();
      const topic = {
        ...topics.submissions,
        name: `${name}.release`,
        values: ['ReversalSubmitted'],
      } as const;
      await registry.register(`${name}.release-${own.namespace}.${own.name}`, withRequired);
      await expect(registerSchemas(registry, [topic])).rejects.toMatchObject({
        code: 'incompatible-schema',
        message: expect.stringContaining(`${name}.release-`),
      });
    });
  });

  function openSame(registry: RegistryPort): RegistryPort {
    const another = openRegistry();
    return another.constructor.name === 'LocalRegistry' ? registry : another;
  }
}

/** Names, defaults and shapes of the fields; a registry may drop documentation. */
function fieldsOf(schema: AvroSchema): unknown {
  const declared = (schema as AvroDefinition).fields ?? [];
  const shape: unknown = compileType(schema).schema();
  return { shape, defaults: declared.map((field) => [field.name, field.default]) };
}
