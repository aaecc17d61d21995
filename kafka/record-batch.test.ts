import { describe, expect, test } from '@jest/globals';
import { createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka';
import fc from 'fast-check';
import { attribute, field, writeInt64 } from './record-batch-format.ts';
import { headersOf, type LogRecord, readRecords, recordBatches } from './record-batch-reader.ts';
import { asStored, sampleBatch } from './record-batch-samples.ts';
import {
  BATCH_OVERHEAD_BYTES,
  encodeRecordBatch,
  type RecordToWrite,
  recordBytesMax,
} from './record-batch-writer.ts';

const HEADER = {
  producerId: 4_711,
  producerEpoch: 3,
  baseSequence: 17,
  isTransactional: true,
  timestampMs: 1_795_000_000_123,
};

const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER };

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null, freq: 8 });
const records: fc.Arbitrary<RecordToWrite[]> = fc.array(fc.record({ key: bytes, value: bytes }), {
  minLength: 1,
  maxLength: 200,
});

function read(stored: Buffer, range = EVERYTHING): LogRecord[] {
  const found: LogRecord[] = [];
  for (const batch of recordBatches(stored)) readRecords(batch, range, found);
  return found;
}

/** Buffers and byte arrays of the same content are not equal to a test. */
function plain(record: LogRecord): LogRecord {
  const [key, value] = [record.key, record.value].map((each) => each && Uint8Array.from(each));
  return { ...record, key: key ?? null, value: value ?? null };
}

function text(record: LogRecord): string {
  const words = [record.key, record.value].map((each) =>
    each === null ? '-' : Buffer.from(each).toString(),
  );
  return `${record.offset}@${record.timestampMs} ${words.join('=')}`;
}

const ab: RecordToWrite[] = [
  { key: Buffer.from('k'), value: Buffer.from('v') },
  { key: null, value: null },
];

function zigzagVarint(value: bigint): number[] {
  const groups: number[] = [];
  for (let rest = value < 0n ? -2n * value - 1n : 2n * value; ; rest >>= 7n) {
    if (rest < 0x80n) return [...groups, Number(rest)];
    groups.push(Number(rest & 0x7fn) | 0x80);
  }
}

/** One record whose producer claims a time this far from the batch's first. */
function withTimeDelta(delta: bigint): Buffer {
  const batch = sampleBatch({ baseOffset: 0, records: [{ key: null, value: null }] });
  const record = [0, ...zigzagVarint(delta), 0, 1, 1, 0];
  const body = Buffer.from([...zigzagVarint(BigInt(record.length)), ...record]);
  return asStored(Buffer.concat([batch.subarray(0, field.records), body]), 0);
}

describe('what is written', () => {
  test('is these bytes', () => {
    expect(encodeRecordBatch(ab, HEADER).toString('hex')).toBe(
      [
        '0000000000000000', // base offset: the broker sets it
        '00000041', // bytes from here on
        'ffffffff', // leader epoch: the broker sets it
        '02', // magic
        'beb2dec3', // CRC-32C of all that follows
        '0010', // transactional, uncompressed
        '00000001', // last offset delta
        '000001a1ee565e7b',
        '000001a1ee565e7b', // first and greatest time
        '0000000000001267', // producer id
        '0003', // epoch
        '00000011', // first sequence number
        '00000002', // records
        '10', // length 8
        '00', // attributes
        '00', // time delta
        '00', // offset delta
        '026b', // key
        '0276', // value
        '00', // no headers
        '0c', // length 6
        '00', // attributes
        '00', // time delta
        '02', // offset delta 1
        '01', // null key
        '01', // null value
        '00', // no headers
      ].join(''),
    );
  });

  test('is read the same by another implementation', () => {
    fc.assert(
      fc.property(records, (written) => {
        const [batch] = readRecordsBatches(Reader.from(encodeRecordBatch(written, HEADER)));
        expect(batch).toMatchObject({
          producerId: 4_711n,
          producerEpoch: 3,
          firstSequence: 17,
          lastOffsetDelta: written.length - 1,
          maxTimestamp: 1_795_000_000_123n,
        });
        const found = batch?.records.map(({ key, value, offsetDelta }) => [
          offsetDelta,
          key?.length,
          value?.length,
        ]);
        expect(found).toEqual(written.map(({ key, value }, index) => [index, key?.length, value?.length]));
      }),
    );
  });

  test('is never longer than announced', () => {
    fc.assert(
      fc.property(records, (written) => {
        const bound = written.reduce((sum, record) => sum + recordBytesMax(record), BATCH_OVERHEAD_BYTES);
        expect(encodeRecordBatch(written, HEADER).length).toBeLessThanOrEqual(bound);
      }),
    );
  });
});

describe('what is read', () => {
  test('is what was written, in any compression, at its offsets', () => {
    const compression = fc.constantFrom(
      'none' as const,
      'gzip' as const,
      'snappy' as const,
      'lz4' as const,
      'zstd' as const,
    );
    const baseOffset = fc.nat({ max: Number.MAX_SAFE_INTEGER - 1_000 });
    fc.assert(
      fc.property(records, compression, baseOffset, (written, method, base) => {
        const stored = sampleBatch({ baseOffset: base, records: written, compression: method });
        expect(read(stored).map(plain)).toEqual(
          written.map((record, index) => ({ ...record, offset: base + index, timestampMs: 1_000 })),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('is only the range asked for', () => {
    const stored = sampleBatch({ baseOffset: 10, records: [...ab, ...ab, ...ab] });
    const offsets = read(stored, { from: 12, to: 15 }).map(({ offset }) => offset);
    expect(offsets).toEqual([12, 13, 14]);
  });

  test('leaves out a last batch that was cut off anywhere', () => {
    const first = sampleBatch({ baseOffset: 0, records: ab });
    const whole = Buffer.concat([first, sampleBatch({ baseOffset: 2, records: ab })]);
    for (let length = first.length; length < whole.length; length++)
      expect(read(whole.subarray(0, length)).map(({ offset }) => offset)).toEqual([0, 1]);
    expect(read(whole).map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
  });

  test('is refused if a single bit of it is wrong', () => {
    const stored = sampleBatch({ baseOffset: 5, records: ab });
    fc.assert(
      fc.property(fc.integer({ min: field.crc * 8, max: stored.length * 8 - 1 }), (bit) => {
        const damaged = Buffer.from(stored);
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => read(damaged)).toThrow(expect.objectContaining({ code: 'corrupt-log' }));
      }),
    );
  });

  test('is refused if its lengths do not fit, even with a right checksum', () => {
    const tooLong = sampleBatch({ baseOffset: 5, records: ab });
    tooLong[field.records] = 0x7e; // length 63: beyond the end
    expect(() => read(asStored(tooLong, 5))).toThrow(expect.objectContaining({ code: 'corrupt-log' }));
    const wideKey = sampleBatch({ baseOffset: 5, records: ab });
    wideKey[field.records + 4] = 0x7e;
    expect(() => read(asStored(wideKey, 5))).toThrow(expect.objectContaining({ code: 'corrupt-log' }));
  });

  test('steps over headers of producers, and reads them when asked', () => {
    const headers = new Map([
      [Buffer.from('trace'), Buffer.from('1')],
      [Buffer.from('empty'), Buffer.alloc(0)],
    ]);
    const message = { key: Buffer.from('k'), value: Buffer.from('v'), headers, topic: 't', timestamp: 5n };
    const other = { key: Buffer.from('l'), value: Buffer.from('w'), topic: 't', timestamp: 6n };
    const found = read(asStored(createRecordsBatch([message, other]).buffer, 0));
    expect(found.map(text)).toEqual(['0@5 k=v', '1@6 l=w']);
    const word = (part: Uint8Array | null) => Buffer.from(part ?? []).toString();
    const shown = found.map((record) => headersOf(record).map(({ key, value }) => [word(key), word(value)]));
    expect(shown).toEqual([
      [
        ['trace', '1'],
        ['empty', ''],
      ],
      [],
    ]);
  });

  test('is refused if it has more headers than bytes', () => {
    const stored = sampleBatch({ baseOffset: 5, records: ab });
    stored[field.records + 8] = 0x7e; // 63 headers
    const [record] = read(asStored(stored, 5));
    expect(() => headersOf(record as LogRecord)).toThrow(expect.objectContaining({ code: 'corrupt-log' }));
  });
});

describe('time', () => {
  test('is the broker’s with LogAppendTime, whatever the producer claims', () => {
    const batch = withTimeDelta(123_456n);
    batch.writeInt16BE(attribute.logAppendTime, field.attributes);
    writeInt64(batch, 1_795_000_099_000, field.maxTimestamp);
    expect(read(asStored(batch, 0)).map(({ timestampMs }) => timestampMs)).toEqual([1_795_000_099_000]);
  });

  test('is the producer’s with CreateTime, however far from the batch’s first', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 45n), max: 2n ** 45n }), (delta) => {
        expect(read(withTimeDelta(delta)).map(({ timestampMs }) => timestampMs)).toEqual([
          1_000 + Number(delta),
        ]);
      }),
    );
  });
});
