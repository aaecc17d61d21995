import { describe, expect, test } from '@jest/globals';
import { compressionsAlgorithms } from '@platformatic/kafka';
import { DECOMPRESSED_BYTES_MAX } from './decompression.ts';
import { attribute, field } from './record-batch-format.ts';
import { type LogRecord, readRecords, recordBatches } from './record-batch-reader.ts';
import { asStored, sampleBatch } from './record-batch-samples.ts';

const MIB = 1024 * 1024;
const methods = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
type Method = (typeof methods)[number];

function readValue(stored: Buffer): Uint8Array | null | undefined {
  const found: LogRecord[] = [];
  for (const batch of recordBatches(stored))
    readRecords(batch, { from: 0, to: Number.MAX_SAFE_INTEGER }, found);
  return found[0]?.value;
}

const compressed = (value: Buffer, compression: Method): Buffer =>
  sampleBatch({ baseOffset: 17, records: [{ key: null, value }], compression });

/** A batch with this behind its header, whatever it is. */
function batchOf(body: Buffer, method: Method): Buffer {
  const batch = Buffer.concat([
    sampleBatch({ baseOffset: 17, records: [] }).subarray(0, field.records),
    body,
  ]);
  const { bitmask } = compressionsAlgorithms[method];
  batch.writeInt16BE(
    (batch.readInt16BE(field.attributes) & ~attribute.compressionMask) | bitmask,
    field.attributes,
  );
  batch.writeInt32BE(1, field.recordsCount);
  return asStored(batch, 17);
}

/** As Java's clients write it: pieces of 32 KiB, each compressed for itself. */
function xerial(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')];
  for (let from = 0; from < bytes.length; from += 32 * 1024) {
    const piece = compressionsAlgorithms.snappy.compressSync(bytes.subarray(from, from + 32 * 1024));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(piece.length);
    parts.push(length, piece);
  }
  return Buffer.concat(parts);
}

const tooLarge = expect.objectContaining({
  code: 'corrupt-log',
  message: expect.stringMatching(/offset 17 has \d+ bytes and comes to more than 67108864/),
});
const broken = expect.objectContaining({
  code: 'corrupt-log',
  message: expect.stringMatching(/offset 17 .*damaged/),
});

describe.each(methods)('%s', (method) => {
  test('of zeros is read up to the limit and refused beyond it', () => {
    const room = 100; // for what is around the value
    expect(readValue(compressed(Buffer.alloc(DECOMPRESSED_BYTES_MAX - room), method))?.length).toBe(
      DECOMPRESSED_BYTES_MAX - room,
    );
    const bomb = compressed(Buffer.alloc(65 * MIB), method);
    expect(() => readValue(bomb)).toThrow(tooLarge);
  });

  test('of what is hardly alike is counted as exactly', () => {
    const value = Buffer.alloc(3 * MIB);
    for (let at = 0; at < value.length; at += 2) value.writeUInt16LE(Math.imul(at, 0x9e37_79b1) >>> 16, at);
    expect(Buffer.compare(Buffer.from(readValue(compressed(value, method)) ?? []), value)).toBe(0);
  });

  test('that is broken is refused, and whatever comes next is read', () => {
    const whole = compressed(Buffer.from('a value, a value, a value, a value'), method);
    const body = whole.subarray(field.records);
    expect(() => readValue(batchOf(Buffer.from('no such thing'), method))).toThrow(broken);
    expect(() => readValue(batchOf(body.subarray(0, body.length - 5), method))).toThrow(broken);
    expect(() => readValue(batchOf(Buffer.alloc(0), method))).toThrow(broken);
    expect(Buffer.from(readValue(whole) ?? []).toString()).toBe('a value, a value, a value, a value');
  });
});

test('Snappy in pieces is counted piece by piece', () => {
  const bodyOf = (value: Buffer): Buffer =>
    xerial(sampleBatch({ baseOffset: 0, records: [{ key: null, value }] }).subarray(field.records));
  expect(readValue(batchOf(bodyOf(Buffer.alloc(MIB, 'v')), 'snappy'))?.length).toBe(MIB);
  expect(() => readValue(batchOf(bodyOf(Buffer.alloc(65 * MIB)), 'snappy'))).toThrow(tooLarge);
});

test('Snappy that only claims to be large takes no memory for it', () => {
  const claims = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0, 1, 2]);
  const before = process.memoryUsage().rss;
  expect(() => readValue(batchOf(claims, 'snappy'))).toThrow(tooLarge);
  expect(process.memoryUsage().rss - before).toBeLessThan(500 * MIB);
});

test('a long frame of a form that LZ4 had before is refused', () => {
  const body = Buffer.concat([Buffer.from('02214c18', 'hex'), Buffer.alloc(MIB)]);
  expect(() => readValue(batchOf(body, 'lz4'))).toThrow(broken);
});
