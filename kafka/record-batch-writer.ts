/**
 * Writes record batches (layout: `record-batch-format.ts`) as the transactional producer sends them: uncompressed, nearly all
 * without headers, all records with one time, which the broker replaces by its own (LogAppendTime). One allocation per batch, no BigInt
 * and no copies beyond the one of key and value into the batch.
 */
import { crc32c } from '@node-rs/crc32';
import { attribute, field, LENGTH_PREFIX_BYTES, MAGIC, writeInt64 } from './record-batch-format.ts';

export type RecordToWrite = {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Small texts beside the record, at most 63. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

export type BatchHeader = {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Sequence number of the first record. */
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly timestampMs: number;
};

/** A length, an attribute byte, two deltas, two lengths and the header count of one record need no more than this. */
const RECORD_OVERHEAD_MAX = 5 + 1 + 1 + 5 + 5 + 5 + 1;

export const BATCH_OVERHEAD_BYTES: number = field.records;

/** An upper bound of the bytes a record takes in a batch. */
export function recordBytesMax({ key, value, headers }: RecordToWrite): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_MAX + headersBytes(headers);
}

/** One batch of at least one record. `bytesMax` is the sum of `recordBytesMax` of all, if the caller knows it. */
export function encodeRecordBatch(
  records: readonly RecordToWrite[],
  header: BatchHeader,
  bytesMax = records.reduce((sum, record) => sum + recordBytesMax(record), 0),
): Buffer {
  const bytes = Buffer.allocUnsafe(BATCH_OVERHEAD_BYTES + bytesMax);
  let at: number = field.records;
  for (let index = 0; index < records.length; index++)
    at = writeRecord(bytes, at, { record: records[index] as RecordToWrite, offsetDelta: index });
  const batch = bytes.subarray(0, at);
  writeHeader(batch, header, records.length);
  return batch;
}

function writeRecord(bytes: Buffer, start: number, { record, offsetDelta }: PlacedRecord): number {
  const { key, value, headers } = record;
  const length = 2 + varintBytes(offsetDelta) + sizeOf(key) + sizeOf(value) + headersBytes(headers);
  let at = writeVarint(bytes, start, length);
  bytes[at++] = 0; // attributes: none are defined
  bytes[at++] = 0; // timestamp delta
  at = writeVarint(bytes, at, offsetDelta);
  at = writeNullableBytes(bytes, at, key);
  at = writeNullableBytes(bytes, at, value);
  return writeHeaders(bytes, at, headers);
}

type PlacedRecord = { readonly record: RecordToWrite; readonly offsetDelta: number };

/** The bytes of a nullable byte string with its length in front. */
function sizeOf(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintBytes(bytes.length) + bytes.length;
}

/** The bytes of a zigzag varint of a number from 0 to 2^31 − 1. */
function varintBytes(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x2000) return 2;
  if (value < 0x10_0000) return 3;
  return value < 0x800_0000 ? 4 : 5;
}

/** A zigzag varint of a number from 0 to 2^31 − 1. */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value * 2;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

function writeNullableBytes(bytes: Buffer, start: number, source: Uint8Array | null): number {
  if (source === null) {
    bytes[start] = 1; // zigzag of −1
    return start + 1;
  }
  const at = writeVarint(bytes, start, source.length);
  bytes.set(source, at);
  return at + source.length;
}

/** Headers => count [keyLength key valueLength value]     (varints) */
function headersBytes(headers: RecordToWrite['headers']): number {
  if (headers === undefined) return 1;
  return Object.entries(headers)
    .flat()
    .reduce((sum, text) => sum + sizeOf(Buffer.from(text)), 1);
}

function writeHeaders(bytes: Buffer, start: number, headers: RecordToWrite['headers']): number {
  if (headers === undefined) {
    bytes[start] = 0;
    return start + 1;
  }
  const texts = Object.entries(headers).flat();
  let at = writeVarint(bytes, start, texts.length / 2);
  for (const text of texts) at = writeNullableBytes(bytes, at, Buffer.from(text));
  return at;
}

function writeHeader(batch: Buffer, header: BatchHeader, count: number): void {
  writeInt64(batch, 0, field.baseOffset);
  batch.writeInt32BE(batch.length - LENGTH_PREFIX_BYTES, field.batchLength);
  batch.writeInt32BE(-1, field.leaderEpoch);
  batch[field.magic] = MAGIC;
  batch.writeInt16BE(header.isTransactional ? attribute.transactional : 0, field.attributes);
  batch.writeInt32BE(count - 1, field.lastOffsetDelta);
  writeInt64(batch, header.timestampMs, field.baseTimestamp);
  writeInt64(batch, header.timestampMs, field.maxTimestamp);
  writeInt64(batch, header.producerId, field.producerId);
  batch.writeInt16BE(header.producerEpoch, field.producerEpoch);
  batch.writeInt32BE(header.baseSequence, field.baseSequence);
  batch.writeInt32BE(count, field.recordsCount);
  batch.writeUInt32BE(crc32c(batch.subarray(field.attributes)), field.crc);
}
