import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileType } from './avro-types.ts';

const longType = compileType({ type: 'record', name: 'L', fields: [{ name: 'x', type: 'long' }] });

/** Avro's own definition of a long, with BigInt. */
function zigzagBytes(value: number): number[] {
  let rest = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

describe('longs', () => {
  const edges = [0, 26, 27, 28, 31, 32, 49, 52, 53].flatMap((bits) =>
    [-2, -1, 0, 1, 2].flatMap((delta) => [2 ** bits + delta, -(2 ** bits) + delta]),
  );

  test.each(edges.filter(Number.isSafeInteger))('%d is written as Avro says and read back', (x) => {
    const bytes = longType.toBuffer({ x });
    expect([...bytes]).toEqual(zigzagBytes(x));
    expect(longType.fromBuffer(bytes)).toEqual({ x });
  });

  test('every long within ±(2^53 − 1) survives, in exactly the bytes of the specification', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (x) => {
        const bytes = longType.toBuffer({ x });
        expect([...bytes]).toEqual(zigzagBytes(x));
        expect(Object.is(longType.fromBuffer(bytes).x, x === 0 ? 0 : x)).toBe(true);
      }),
    );
  });

  test.each([2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null])(
    '%p is refused',
    (x) => {
      expect(() => longType.toBuffer({ x })).toThrow();
    },
  );
});

test('text with a lone surrogate is refused, whole characters are written as UTF-8', () => {
  const type = compileType({ type: 'record', name: 'S', fields: [{ name: 's', type: 'string' }] });
  expect(() => type.toBuffer({ s: '\ud83d' })).toThrow(/surrogate/);
  expect(type.toBuffer({ s: '😀é' }).toString('hex')).toBe(`0c${Buffer.from('😀é').toString('hex')}`);
});

test('bytes and fixed take any Uint8Array, also behind a null union, and give a Buffer of its own', () => {
  const type = compileType({
    type: 'record',
    name: 'B',
    fields: [
      { name: 'b', type: ['null', 'bytes'], default: null },
      { name: 'f', type: { type: 'fixed', name: 'F', size: 3 } },
      { name: 'g', type: 'F' },
    ],
  });
  const value = { b: new Uint8Array([1, 2]), f: new Uint8Array([3, 4, 5]), g: Buffer.from([6, 7, 8]) };
  const bytes = type.toBuffer(value);
  expect(bytes.toString('hex')).toBe('02040102030405060708');
  const decoded = type.fromBuffer(bytes) as { b: Buffer; f: Buffer };
  bytes.fill(0);
  expect([...decoded.b, ...decoded.f]).toEqual([1, 2, 3, 4, 5]);
  expect(() => type.toBuffer({ ...value, f: new Uint8Array(2) })).toThrow(/3 bytes/);
});

test('null and a value are told apart, wherever null stands in the union', () => {
  const type = compileType({
    type: 'record',
    name: 'N',
    fields: [
      { name: 'a', type: ['null', 'long'] },
      { name: 'b', type: ['string', 'null'] },
    ],
  });
  for (const value of [
    { a: null, b: null },
    { a: -1, b: 'x' },
  ])
    expect(type.fromBuffer(type.toBuffer(value))).toEqual(value);
  expect(type.toBuffer({ a: null, b: null }).toString('hex')).toBe('0002');
});
