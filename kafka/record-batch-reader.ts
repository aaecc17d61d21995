/**
 * Reads record batches (layout: `record-batch-format.ts`) straight from the bytes of a fetch answer. Keys and values are views
 * into those bytes, not copies. Every batch is checked against its CRC: what comes out is what some producer sent, or nothing.
 *
 * A record's time is the broker's: in a batch with LogAppendTime it is the batch's max_timestamp; base_timestamp and the deltas
 * are the producer's own claims and are not looked at (spec.md section 2).
 */
import { crc32c } from '@node-rs/crc32';
import { DECOMPRESSED_BYTES_MAX, decompressionOf } from './decompression.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { attribute, field, LENGTH_PREFIX_BYTES, MAGIC, readInt64 } from './record-batch-format.ts';

export type LogRecord = {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
};

/** What a producer says about a record beside key and value. The same key may come twice; the order is the producer's. */
export type RecordHeader = { readonly key: Uint8Array; readonly value: Uint8Array | null };

const NO_HEADERS: readonly RecordHeader[] = [];

/** The headers of a record that was read from a broker; none for records of another origin. Fails with `corrupt-log`. */
export function headersOf(record: Pick<LogRecord, 'offset'>): readonly RecordHeader[] {
  return record instanceof FetchedRecord ? record.headers() : [];
}

/**
 * A record as it was fetched. Thousands of them wait for their turn, so each is one small object: key and value are views, made
 * anew each time they are asked for. They are getters, so a copy by `...` has neither.
 */
class FetchedRecord implements LogRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly #bytes: Buffer;
  /** Where key and value begin and end; a begin of −1: there is none. */
  readonly #keyAt: number;
  readonly #keyEnd: number;
  readonly #valueAt: number;
  readonly #valueEnd: number;

  /** The cursor stands behind the record's offset. */
  constructor(offset: number, timestampMs: number, cursor: RecordCursor) {
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.#bytes = cursor.bytes;
    this.#keyAt = cursor.enterBytes();
    this.#keyEnd = cursor.at;
    this.#valueAt = cursor.enterBytes();
    this.#valueEnd = cursor.at;
  }

  get key(): Buffer | null {
    return this.#keyAt < 0 ? null : this.#bytes.subarray(this.#keyAt, this.#keyEnd);
  }

  get value(): Buffer | null {
    return this.#valueAt < 0 ? null : this.#bytes.subarray(this.#valueAt, this.#valueEnd);
  }

  /** Read anew from where the value ends each time: there are hardly ever any, so nothing of them is kept. */
  headers(): readonly RecordHeader[] {
    if (this.#bytes[this.#valueEnd] === 0) return NO_HEADERS;
    return new ByteCursor(this.#bytes, this.offset, this.#valueEnd).headers();
  }
}

/** A batch with its header read; its records are read by `readRecords`, if anyone wants them. */
export type RecordBatch = {
  readonly baseOffset: number;
  /** Offset of the last record the batch was written with, also if compaction has removed it. */
  readonly lastOffset: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  /** Control batches carry the outcome of a transaction and no records of users. */
  readonly isControl: boolean;
  readonly attributes: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly recordsCount: number;
  /** What follows the header, possibly compressed. */
  readonly body: Buffer;
};

/** The complete batches in these bytes; a fetch answer may end in the middle of one, which is left out. */
export function* recordBatches(bytes: Buffer): Generator<RecordBatch> {
  let start = 0;
  while (start + field.records <= bytes.length) {
    const end = start + LENGTH_PREFIX_BYTES + bytes.readInt32BE(start + field.batchLength);
    if (end > bytes.length) return;
    yield readHeader(bytes.subarray(start, end));
    start = end;
  }
}

function readHeader(batch: Buffer): RecordBatch {
  const baseOffset = batch.length < field.records ? -1 : readInt64(batch, field.baseOffset);
  if (batch.length < field.records || batch[field.magic] !== MAGIC)
    throw corrupt(baseOffset, `has format ${batch[field.magic]} instead of ${MAGIC}`);
  if (crc32c(batch.subarray(field.attributes)) !== batch.readUInt32BE(field.crc))
    throw corrupt(baseOffset, 'does not match its checksum');
  const attributes = batch.readInt16BE(field.attributes);
  return {
    baseOffset,
    lastOffset: baseOffset + batch.readInt32BE(field.lastOffsetDelta),
    producerId: readInt64(batch, field.producerId),
    isTransactional: (attributes & attribute.transactional) !== 0,
    isControl: (attributes & attribute.control) !== 0,
    attributes,
    baseTimestampMs: readInt64(batch, field.baseTimestamp),
    maxTimestampMs: readInt64(batch, field.maxTimestamp),
    recordsCount: batch.readInt32BE(field.recordsCount),
    body: batch.subarray(field.records),
  };
}

/** Adds the batch's records with offsets from `from` up to, not including, `to`. Returns the bytes that they hold in memory. */
export function readRecords(
  batch: RecordBatch,
  { from, to }: { readonly from: number; readonly to: number },
  into: LogRecord[],
): number {
  const cursor = new RecordCursor(batch);
  for (let index = 0; index < batch.recordsCount; index++) {
    const record = cursor.next();
    if (record.offset >= from && record.offset < to) into.push(record);
  }
  return cursor.bytes.length;
}

/** What a control batch says about its producer's transaction. */
export function isAbortMarker(batch: RecordBatch): boolean {
  // Compaction may empty the batch of a producer's last marker and keep it for its sequence number.
  if (batch.recordsCount === 0) return false;
  const { key } = new RecordCursor(batch).next();
  // ControlRecordKey => version type     (both int16; type 0: abort, 1: commit)
  return key !== null && key.length >= 4 && key[2] === 0 && key[3] === 0;
}

/** Walks the bytes behind a batch's header. Varints are read with plain numbers: offsets and lengths stay below 2^31. */
class ByteCursor {
  readonly bytes: Buffer;
  /** What to name when the bytes make no sense. */
  readonly #place: number;
  at: number;

  constructor(bytes: Buffer, place: number, at: number) {
    this.bytes = bytes;
    this.#place = place;
    this.at = at;
  }

  /** Headers => count [keyLength key valueLength value]     (varints; keys are not null) */
  headers(): readonly RecordHeader[] {
    const headers: RecordHeader[] = [];
    for (let left = this.varint(); left > 0; left -= 1)
      headers.push({ key: this.#bytesHere() ?? Buffer.alloc(0), value: this.#bytesHere() });
    return headers;
  }

  #bytesHere(): Buffer | null {
    const start = this.enterBytes();
    return start < 0 ? null : this.bytes.subarray(start, this.at);
  }

  /** Steps over a nullable byte string. Returns where its bytes begin, −1 for null; the cursor then stands at their end. */
  enterBytes(): number {
    const length = this.varint();
    if (length < 0) return -1;
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw corrupt(this.#place, 'has a key or value longer than itself');
    return start;
  }

  /** A zigzag varint; up to 28 bits with integer operations, the rest (times of producers) by multiplication. */
  varint(): number {
    const { bytes } = this;
    let value = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte >= 0x80 && shift < 28) {
      byte = bytes[this.at++] as number;
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    return this.#longVarint(value);
  }

  #longVarint(low28: number): number {
    let value = low28;
    let scale = 2 ** 28;
    for (let byte = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Walks the records of one batch. */
class RecordCursor extends ByteCursor {
  readonly #batch: RecordBatch;
  readonly #isLogAppendTime: boolean;

  constructor(batch: RecordBatch) {
    super(decompressed(batch), batch.baseOffset, 0);
    this.#batch = batch;
    this.#isLogAppendTime = (batch.attributes & attribute.logAppendTime) !== 0;
  }

  next(): LogRecord {
    const { baseOffset, baseTimestampMs, maxTimestampMs } = this.#batch;
    const length = this.varint();
    const end = this.at + length;
    if (length < 0 || end > this.bytes.length) throw corrupt(baseOffset, 'ends in the middle of a record');
    this.at += 1; // attributes: none are defined
    const timestampDelta = this.varint();
    const timestampMs = this.#isLogAppendTime ? maxTimestampMs : baseTimestampMs + timestampDelta;
    const record = new FetchedRecord(baseOffset + this.varint(), timestampMs, this);
    this.at = end; // whatever headers there are
    return record;
  }
}

function decompressed({ attributes, body, baseOffset }: RecordBatch): Buffer {
  const method = attributes & attribute.compressionMask;
  if (method === 0) return body;
  const decompress = decompressionOf(method);
  if (decompress === undefined) throw corrupt(baseOffset, `is compressed by an unknown method (${method})`);
  const bytes = orCorrupt(baseOffset, () => decompress(body));
  if (bytes !== null) return bytes;
  throw new KafkaFailure(
    'corrupt-log',
    `The record batch at offset ${baseOffset} has ${body.length} bytes and comes to more than ${DECOMPRESSED_BYTES_MAX} when it is decompressed: ` +
      'no honest producer writes that. Find out who did, and take their access away.',
  );
}

function orCorrupt<Bytes>(baseOffset: number, decompress: () => Bytes): Bytes {
  try {
    return decompress();
  } catch (error) {
    throw corrupt(baseOffset, `cannot be decompressed (${(error as Error).message})`);
  }
}

function corrupt(baseOffset: number, what: string): KafkaFailure {
  return new KafkaFailure(
    'corrupt-log',
    `The record batch at offset ${baseOffset} ${what}: bytes were damaged on the broker's disk or on the way. ` +
      'Compare with another replica before anything is processed past this offset.',
  );
}
