/**
 * The compiled functions against two others that share nothing with them: what they write is what avsc writes, and what they read
 * is what the guard lets through, as avsc decodes it. Values are made up from the schemas, and then damaged.
 */
import { avroSchemas, type RecordName } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { damages, valuesOf } from '../../../testing/avro-values.ts';
import { compileGuard } from '../avro-guard.ts';
import type { AvroSchema } from '../avro-schema.ts';
import { compileType } from '../avro-types.ts';
import { AvroCursor, UNREADABLE } from './avro-cursor.ts';
import { AvroPen } from './avro-pen.ts';
import { compileStraightLine, type StraightLine } from './compile.ts';

const names = Object.keys(avroSchemas) as RecordName[];

function written({ write }: StraightLine, value: object): Buffer {
  const pen = new AvroPen();
  pen.bytes = Buffer.alloc(64 * 1024);
  write(pen, value);
  return pen.bytes.subarray(0, pen.at);
}

/** The value, or undefined. Any other failure than `UNREADABLE` is thrown. */
function readBack({ read }: StraightLine, bytes: Buffer): unknown {
  const cursor = new AvroCursor();
  cursor.bytes = bytes;
  cursor.at = 0;
  try {
    const value = read(cursor);
    cursor.finish();
    return value;
  } catch (error) {
    if (error === UNREADABLE) return undefined;
    throw error;
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test.each(names)('%s is written as avsc writes it, and read back', (name) => {
  const line = compileStraightLine(avroSchemas[name]);
  const type = compileType(avroSchemas[name]);
  fc.assert(
    fc.property(valuesOf(avroSchemas[name]), (value) => {
      const bytes = written(line, value as object);
      expect(bytes.toString('hex')).toBe(type.toBuffer(value).toString('hex'));
      expect(plain(readBack(line, bytes))).toEqual(plain(value));
    }),
    { numRuns: 200 },
  );
});

test.each(names)(
  'of damaged %s it reads what the guard lets through, as avsc decodes it, and nothing else',
  (name) => {
    const line = compileStraightLine(avroSchemas[name]);
    const type = compileType(avroSchemas[name]);
    const guard = compileGuard(avroSchemas[name]);
    let passed = 0;
    fc.assert(
      fc.property(valuesOf(avroSchemas[name]), damages, (value, damage) => {
        const bytes = damage(written(line, value as object));
        const value2 = readBack(line, bytes);
        if (value2 === undefined) return;
        passed += 1;
        expect(guard(bytes, 0)).toBeNull();
        expect(plain(value2)).toEqual(plain(type.fromBuffer(bytes)));
      }),
      { numRuns: 1_000 },
    );
    expect(passed).toBeGreaterThan(10);
  },
);

describe('what the guard lets through is read straight', () => {
  const list: AvroSchema = {
    type: 'record',
    name: 'L',
    fields: [{ name: 'items', type: { type: 'array', items: 'long' } }],
  };
  const long: AvroSchema = { type: 'record', name: 'N', fields: [{ name: 'n', type: 'long' }] };
  test.each<[string, AvroSchema, string, unknown]>([
    ['several blocks', list, '020404080a00', { items: [2, 4, 5] }],
    ['the largest long', long, 'feffffffffffff1f', { n: 2 ** 53 - 1 }],
    ['the smallest long', long, 'fdffffffffffff1f', { n: 1 - 2 ** 53 }],
    ['a padded long of ten bytes', long, '82808080808080808000', { n: 1 }],
  ])('%s', (_, schema, hex, value) => {
    expect(readBack(compileStraightLine(schema), Buffer.from(hex, 'hex'))).toEqual(value);
  });

  test.each<[string, AvroSchema, string]>([
    ['a block with its size, which the guard and avsc read', list, '010202 00'],
    ['−2^53', long, 'ffffffffffffff1f'],
    ['a long of eleven bytes', long, '8280808080808080808000'],
    ['more items than bytes', list, 'feffffff0f02'],
  ])('but not %s', (_, schema, hex) => {
    expect(
      readBack(compileStraightLine(schema), Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    ).toBeUndefined();
  });
});

describe('a value that does not fit its type is refused', () => {
  const field = (type: AvroSchema): AvroSchema => ({
    type: 'record',
    name: 'V',
    fields: [{ name: 'v', type }],
  });
  test.each<[string, AvroSchema, unknown]>([
    ['a fraction for a long', 'long', 1.5],
    ['a long beyond 2^53', 'long', 2 ** 53],
    ['an int beyond 32 bits', 'int', 2 ** 31],
    ['a number for text', 'string', 7],
    ['a lone surrogate', 'string', '\ud800'],
    ['a long text with a lone surrogate', 'string', `${'x'.repeat(80)}\udc00`],
    ['a symbol nobody knows', { type: 'enum', name: 'E', symbols: ['A'] }, 'B'],
    ['the wrong number of bytes', { type: 'fixed', name: 'F', size: 2 }, Buffer.alloc(3)],
    ['undefined for null', ['null', 'long'], undefined],
    ['no list', { type: 'array', items: 'long' }, 'xy'],
  ])('%s', (_, type, v) => {
    expect(() => written(compileStraightLine(field(type)), { v })).toThrow(TypeError);
  });
});

test('a pen that runs past the end says how much room was missing and changes nothing behind it', () => {
  const line = compileStraightLine(avroSchemas.EntrySubmitted);
  fc.assert(
    fc.property(valuesOf(avroSchemas.EntrySubmitted), fc.nat(60), (value, room) => {
      const whole = written(line, value as object);
      const around = Buffer.alloc(room + 16, 0xee);
      const pen = new AvroPen();
      pen.bytes = around.subarray(0, room);
      line.write(pen, value as object);
      expect(pen.at).toBe(whole.length);
      expect(around.subarray(room)).toEqual(Buffer.alloc(16, 0xee));
    }),
    { numRuns: 200 },
  );
});
