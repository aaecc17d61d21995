import { isDeepStrictEqual } from 'node:util';
import { avroSchemas, type RecordName, VALUE_BYTES_MAX } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { compileGuard, DEPTH_MAX } from './avro-guard.ts';
import { dayClosed, entryPosted, entrySubmitted, submissionRejected } from './avro-samples.ts';
import type { AvroSchema } from './avro-schema.ts';
import { compileType } from './avro-types.ts';

function judge(schema: AvroSchema, hex: string): string | null {
  return compileGuard(schema)(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0);
}

const arrayOf = (items: AvroSchema): AvroSchema => ({ type: 'array', items });
const suits: AvroSchema = { type: 'enum', name: 'Suit', symbols: ['HEARTS', 'SPADES'] };

describe('lets through', () => {
  const cases: [string, AvroSchema, string][] = [
    ['the largest long', 'long', 'feffffffffffff1f'],
    ['the smallest long', 'long', 'fdffffffffffff1f'],
    ['a padded long of ten bytes', 'long', '82808080808080808000'],
    ['the largest int', 'int', 'feffffff0f'],
    ['the smallest int', 'int', 'ffffffff0f'],
    ['an array of two blocks', arrayOf('int'), '04 02 04 02 06 00'],
    ['a block with its size', arrayOf('int'), '03 04 02 04 00'],
    ['an empty array of nulls', arrayOf('null'), '00'],
    ['a map', { type: 'map', values: 'boolean' }, '02 02 61 01 00'],
    ['text of all lengths of UTF-8', 'string', '16 78 c3a9 e29895 f09f9880 79'],
    ['the last enum symbol', suits, '02'],
    ['the null branch', ['null', 'string'], '00'],
  ];
  test.each(cases)('%s', (_, schema, hex) => {
    expect(judge(schema, hex)).toBeNull();
  });
});

describe('refuses', () => {
  const cases: [string, AvroSchema, string, RegExp][] = [
    ['nothing at all', 'int', '', /too early/],
    ['a trailing byte', 'int', '0200', /1 bytes too many/],
    ['2^53', 'long', '8080808080808020', /2\^53/],
    ['−2^53', 'long', 'ffffffffffffff1f', /2\^53/],
    ['a long of eleven bytes', 'long', '8280808080808080808000', /2\^53/],
    ['a long beyond 64 bits', 'long', 'ffffffffffffffffff7f', /2\^53/],
    ['an int of 33 bits', 'int', 'ffffffff1f', /32 bits/],
    ['a boolean 2', 'boolean', '02', /boolean/],
    ['an enum index too high', suits, '04', /enum/],
    ['a negative enum index', suits, '01', /enum/],
    ['a union index too high', ['null', 'string'], '04', /union/],
    ['a negative union index', ['null', 'string'], '01', /union/],
    ['200 million nulls in five bytes', arrayOf('null'), '80 88 de be 01 00', /no bytes/],
    ['a count beyond the bytes left', arrayOf('int'), '80 88 de be 01 00', /more than the bytes left/],
    ['a block size beyond the bytes left', arrayOf('int'), '03 7e 02 04 00', /block size/],
    ['a block shorter than it says', arrayOf('int'), '03 06 02 04 00', /as long as it says/],
    ['a negative length', 'string', '01', /length/],
    ['a length beyond the bytes left', 'bytes', '0a 00', /length/],
    ['an overlong slash', 'string', '04 c0af', /UTF-8/],
    ['a surrogate in UTF-8', 'string', '06 eda080', /UTF-8/],
    ['a character above U+10FFFF', 'string', '08 f4908080', /UTF-8/],
    ['half a character', 'string', '04 e298', /UTF-8/],
    ['a lone continuation byte', 'string', '02 80', /UTF-8/],
    ['a fixed that is too short', { type: 'fixed', name: 'F', size: 2 }, '00', /too early/],
  ];
  test.each(cases)('%s', (_, schema, hex, problem) => {
    expect(judge(schema, hex)).toMatch(problem);
  });

  test('nesting without end', () => {
    const list: AvroSchema = {
      type: 'record',
      name: 'List',
      fields: [{ name: 'next', type: ['null', 'List'] }],
    };
    expect(judge(list, `${'02'.repeat(DEPTH_MAX / 2 - 1)}00`)).toBeNull();
    expect(judge(list, `${'02'.repeat(DEPTH_MAX / 2)}00`)).toMatch(/nested deeper/);
    expect(judge(list, `${'02'.repeat(DEPTH_MAX)}00`)).toMatch(/nested deeper/);
    expect(judge(list, '02'.repeat(100_000))).toMatch(/nested deeper/);
  });
});

test('a record that holds itself, for which there is no value, does not exhaust the stack', () => {
  const endless: AvroSchema = {
    type: 'record',
    name: 'Endless',
    fields: [{ name: 'next', type: 'Endless' }],
  };
  expect(judge(endless, '00')).toMatch(/nested deeper/);
});

const samples: [RecordName, object][] = [
  ['EntrySubmitted', entrySubmitted],
  ['EntryPosted', entryPosted],
  ['DayClosed', dayClosed],
  ['SubmissionRejected', submissionRejected],
];

test.each(samples)('agrees with avsc on 5,000 damaged forms of %s', (name, value) => {
  const type = compileType(avroSchemas[name]);
  const guard = compileGuard(avroSchemas[name]);
  const good = type.toBuffer(value);
  const random = randomNumbers(name.length);
  let passed = 0;
  const disagreements: string[] = [];
  for (let round = 0; round < 5_000; round += 1) {
    const bytes = damaged(good, random);
    const again = rewritten(type, bytes);
    const isPassed = guard(bytes, 0) === null;
    if (isPassed) passed += 1;
    // What passes can be decoded and encoded again; what does not is at least not what an encoder writes.
    const isAgreed = isPassed ? again?.isStable === true : again?.bytes.equals(bytes) !== true;
    if (!isAgreed) disagreements.push(bytes.toString('hex'));
  }
  expect(disagreements).toEqual([]);
  // The test means something only if both verdicts were common.
  expect(passed).toBeGreaterThan(200);
  expect(passed).toBeLessThan(4_800);
});

/** What avsc makes of the bytes, written again, and whether that is read as the same; undefined when it cannot read them. */
function rewritten(type: ReturnType<typeof compileType>, bytes: Buffer) {
  try {
    const decoded: unknown = type.fromBuffer(bytes);
    const written = type.toBuffer(decoded);
    return { bytes: written, isStable: isDeepStrictEqual(type.fromBuffer(written), decoded) };
  } catch {
    return undefined;
  }
}

function damaged(good: Buffer, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(good);
  const where = random(bytes.length);
  switch (random(5)) {
    case 0:
      bytes[where] = random(256);
      return bytes;
    case 1:
      bytes[where] = (bytes[where] as number) ^ (1 << random(8));
      return bytes;
    case 2:
      return bytes.subarray(0, where);
    case 3:
      return Buffer.concat([bytes.subarray(0, where), Buffer.from([random(256)]), bytes.subarray(where)]);
    default:
      return Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + 1)]);
  }
}

/** Numbers below a bound, the same in every run (a linear congruential generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

/** CPU time, because other programs share the machine. */
function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test('values of the greatest size cost little time and no memory, whatever they claim', () => {
  const random = randomNumbers(1);
  const fills = [0x00, 0x02, 0x03, 0x7f, 0x80, 0xff].map((fill) => Buffer.alloc(VALUE_BYTES_MAX, fill));
  const noise = Array.from({ length: 4 }, () =>
    Buffer.from(Array.from({ length: VALUE_BYTES_MAX }, () => random(256))),
  );
  const guards = Object.values(avroSchemas).map((schema) => compileGuard(schema));
  const rssBefore = process.memoryUsage.rss();
  const cpuMs = cpuMsOf(() => {
    for (const guard of guards)
      for (const value of [...fills, ...noise]) expect(guard(value, 5)).not.toBeNull();
  });
  expect(cpuMs).toBeLessThan(1_000);
  expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(64 * 1024 * 1024);
});

test('a list as long as a value may be is walked in a few milliseconds', () => {
  const guard = compileGuard(
    arrayOf({ type: 'record', name: 'R', fields: [{ name: 'n', type: ['null', 'long'] }] }),
  );
  const blocks = Buffer.alloc(VALUE_BYTES_MAX - 1, Buffer.from('0200', 'hex'));
  blocks[blocks.length - 1] = 0;
  expect(cpuMsOf(() => expect(guard(blocks, 0)).toBeNull())).toBeLessThan(50);
});
