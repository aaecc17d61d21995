/** Values made up from schemas, for tests, and what damages their bytes. */
import fc from 'fast-check';
import { type AvroSchema, isUnion } from '../kafka/avro/avro-schema.ts';

const longs = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(2 ** 53 - 1, 1 - 2 ** 53, 2 ** 27, -(2 ** 27) - 1),
);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed()),
  fc.constantFrom('', 'BRL', 'loja-042', 'a'.repeat(63), 'a'.repeat(64), 'é'.repeat(32)),
);

/** Values of a schema; those of UUIDs are UUIDs nearly always. Types that a schema refers to by name are kept in `named`. */
export function valuesOf(
  schema: AvroSchema,
  named = new Map<string, fc.Arbitrary<unknown>>(),
): fc.Arbitrary<unknown> {
  if (isUnion(schema)) return fc.oneof(...schema.map((branch) => valuesOf(branch, named)));
  if (typeof schema === 'string')
    return scalarsOf(schema) ?? (named.get(schema.split('.').at(-1) as string) as fc.Arbitrary<unknown>);
  const values = definedBy(schema, named);
  if (schema.name !== undefined) named.set(schema.name, values);
  return values;
}

function definedBy(
  schema: Exclude<AvroSchema, string | readonly AvroSchema[]>,
  named: Map<string, fc.Arbitrary<unknown>>,
) {
  if (schema.type === 'enum') return fc.constantFrom(...(schema.symbols ?? []));
  if (schema.type === 'fixed')
    return fc
      .uint8Array({ minLength: schema.size ?? 0, maxLength: schema.size ?? 0 })
      .map((bytes) => Buffer.from(bytes));
  if (schema.type === 'array') return fc.array(valuesOf(schema.items as AvroSchema, named), { maxLength: 5 });
  if (schema.logicalType === 'uuid') return fc.oneof({ weight: 20, arbitrary: fc.uuid() }, texts);
  if (schema.type !== 'record') return valuesOf(schema.type, named);
  const fields = (schema.fields ?? []).map(({ name, type }) => [name, valuesOf(type, named)] as const);
  return fc.record(Object.fromEntries(fields));
}

function scalarsOf(name: string): fc.Arbitrary<unknown> | undefined {
  if (name === 'null') return fc.constant(null);
  if (name === 'int') return fc.oneof(fc.integer(), fc.constantFrom(2 ** 31 - 1, -(2 ** 31)));
  if (name === 'long') return longs;
  if (name === 'string') return texts;
  if (name === 'bytes') return fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes));
  return undefined;
}

/** Takes a byte or two away, or puts some in, in up to three places. */
export const damages: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .array(fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.uint8Array({ maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((cuts) => (bytes) => {
    let damaged = bytes;
    for (const { at, remove, insert } of cuts) {
      const where = at % (damaged.length + 1);
      damaged = Buffer.concat([damaged.subarray(0, where), insert, damaged.subarray(where + remove)]);
    }
    return damaged;
  });
