/**
 * What an attacker would write in the place of a number, a text or a header: numbers at every edge and beyond, varints that
 * are too long or never end, text that is no UTF-8, schema ids nobody registered. Data and its encoding, no chance.
 */

/** A zigzag varint of any integer, with this many bytes of empty padding behind it. */
export function varint(value: bigint, padding = 0): Buffer {
  let bits = value < 0n ? -2n * value - 1n : 2n * value;
  const bytes: number[] = [];
  for (; bits >= 0x80n; bits >>= 7n) bytes.push(Number(bits & 0x7fn) | 0x80);
  bytes.push(Number(bits));
  for (let n = 0; n < padding; n += 1) {
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) | 0x80;
    bytes.push(0);
  }
  return Buffer.from(bytes);
}

const edges = [0n, 1n, 2n, 63n, 64n, 127n, 128n, 8_191n, 65_535n, 131_072n, 200_000_000n]
  .concat([31n, 32n, 52n, 53n, 62n, 63n, 64n, 69n].flatMap((power) => [2n ** power - 1n, 2n ** power]))
  .flatMap((value) => [value, -value]);

/** Every edge as it should be written, padded to its longest, and numbers that no decoder should finish reading. */
export const hostileNumbers: readonly Buffer[] = [
  ...edges.map((value) => varint(value)),
  ...[0n, 1n, -1n, 5n, 2n ** 31n - 1n, 2n ** 53n - 1n].flatMap((value) =>
    [1, 3, 4, 8, 9].map((padding) => varint(value, padding)),
  ),
  Buffer.alloc(11, 0xff),
  Buffer.alloc(10, 0x80),
  Buffer.concat([Buffer.alloc(9, 0xff), Buffer.from([0x01])]),
  Buffer.concat([Buffer.alloc(40, 0x80), Buffer.from([0x00])]),
];

const octets = (...hex: readonly string[]): readonly Buffer[] => hex.map((each) => Buffer.from(each, 'hex'));

/** Sequences that a strict decoder refuses, and some at the edge that it must not refuse. */
export const hostileTexts: readonly Buffer[] = [
  ...octets('80', 'bf', 'c0af', 'c1bf', 'c2', 'e0809f', 'e09f80', 'e28298', 'e298', 'eda080', 'edbfbf'),
  ...octets('f08080af', 'f0908d', 'f4908080', 'f5808080', 'f8888080af', 'fe', 'ff', 'c328', 'e228a1'),
  ...octets(
    '00',
    '7f',
    'c280',
    'dfbf',
    'e0a080',
    'ed9fbf',
    'ee8080',
    'efbfbd',
    'efbbbf',
    'f0908080',
    'f48fbfbf',
  ),
  Buffer.from('../../etc/passwd\u202e\u0000%00{{7*7}}'),
  Buffer.alloc(70, 'x'),
];

/** Ids that no registry of a test gives away, and values no header may begin with. */
export const hostileSchemaIds: readonly number[] = [0, 9_999, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
