/**
 * A record batch as a partition keeps it: the real bytes, with the broker's offset and time in them, and what its header says. Its bytes never change, so that schedules can share it.
 */
import { attribute, field, readInt64, writeInt64 } from '../../../kafka/record-batch-format.ts';
import { type LogRecord, type RecordBatch, readRecords } from '../../../kafka/record-batch-reader.ts';
import { asStored } from '../../../kafka/record-batch-samples.ts';
import { encodeRecordBatch, type RecordToWrite } from '../../../kafka/record-batch-writer.ts';

export type StoredBatch = {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly appendedMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Null until somebody asks for them (`recordsIn`). */
  records: readonly StoredRecord[] | null;
};

/** A record whose key and value are looked at more than once. */
export type StoredRecord = LogRecord & { readonly keyText: string };

/** The bytes a producer sent, as the broker stores them: a copy with its own offset and LogAppendTime. */
export function store(
  sent: Uint8Array,
  place: { readonly offset: number; readonly nowMs: number },
): StoredBatch {
  const bytes = Buffer.from(sent);
  writeInt64(bytes, place.offset, field.baseOffset);
  bytes.writeInt16BE(bytes.readInt16BE(field.attributes) | attribute.logAppendTime, field.attributes);
  writeInt64(bytes, place.nowMs, field.maxTimestamp);
  return seal(bytes);
}

/** Who sent these bytes. */
export function headerOf(sent: Uint8Array): { readonly producerId: number; readonly producerEpoch: number } {
  const bytes = Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength);
  return {
    producerId: readInt64(bytes, field.producerId),
    producerEpoch: bytes.readInt16BE(field.producerEpoch),
  };
}

/** Makes length and checksum those of the content, and reads the header. */
export function seal(bytes: Buffer): StoredBatch {
  const baseOffset = readInt64(bytes, field.baseOffset);
  asStored(bytes, baseOffset);
  const attributes = bytes.readInt16BE(field.attributes);
  return {
    bytes,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(field.lastOffsetDelta),
    appendedMs: readInt64(bytes, field.maxTimestamp),
    producerId: readInt64(bytes, field.producerId),
    producerEpoch: bytes.readInt16BE(field.producerEpoch),
    baseSequence: bytes.readInt32BE(field.baseSequence),
    isTransactional: (attributes & attribute.transactional) !== 0,
    isControl: (attributes & attribute.control) !== 0,
    records: null,
  };
}

export type Marker = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly isCommit: boolean;
};

/** The control batch that ends a transaction in one partition; it takes one offset. */
export function markerBatch(
  marker: Marker,
  place: { readonly offset: number; readonly nowMs: number },
): StoredBatch {
  return new MarkerBatch(marker, place);
}

/** Most markers are never read, so the bytes of one are made when it is. */
class MarkerBatch implements StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly appendedMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence = -1;
  readonly isTransactional = true;
  readonly isControl = true;
  readonly records = null;
  readonly #isCommit: boolean;
  #bytes: Buffer | null = null;

  constructor(
    { producerId, producerEpoch, isCommit }: Marker,
    { offset, nowMs }: { readonly offset: number; readonly nowMs: number },
  ) {
    this.baseOffset = offset;
    this.lastOffset = offset;
    this.appendedMs = nowMs;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.#isCommit = isCommit;
  }

  get bytes(): Buffer {
    const { producerId, producerEpoch, baseOffset: offset, appendedMs: nowMs } = this;
    this.#bytes ??= markerBytes({ producerId, producerEpoch, isCommit: this.#isCommit }, { offset, nowMs });
    return this.#bytes;
  }
}

function markerBytes(
  { producerId, producerEpoch, isCommit }: Marker,
  place: { readonly offset: number; readonly nowMs: number },
): Buffer {
  const form = isCommit ? commitMarker : abortMarker;
  writeInt64(form, producerId, field.producerId);
  form.writeInt16BE(producerEpoch, field.producerEpoch);
  return store(form, place).bytes;
}

/** A marker of some producer, as a form to be filled in. */
function markerForm(type: number): Buffer {
  // ControlRecordKey => version type     (both int16; type 0: abort, 1: commit)
  const key = Buffer.from([0, 0, 0, type]);
  const bytes = plainBatch([{ key, value: Buffer.alloc(6) }], { producerId: 0, producerEpoch: 0 });
  bytes.writeInt16BE(bytes.readInt16BE(field.attributes) | attribute.control, field.attributes);
  bytes.writeInt32BE(-1, field.baseSequence);
  return bytes;
}

/** A batch as a producer sends it; within a transaction if a producer is named. */
export function plainBatch(
  records: readonly RecordToWrite[],
  producer?: { readonly producerId: number; readonly producerEpoch: number; readonly baseSequence?: number },
): Buffer {
  return encodeRecordBatch(records, {
    producerId: producer?.producerId ?? -1,
    producerEpoch: producer?.producerEpoch ?? -1,
    baseSequence: producer?.baseSequence ?? (producer === undefined ? -1 : 0),
    isTransactional: producer !== undefined,
    timestampMs: 1_000,
  });
}

const abortMarker = markerForm(0);
const commitMarker = markerForm(1);

const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** The records of a data batch. */
export function recordsIn(batch: StoredBatch): readonly StoredRecord[] {
  batch.records ??= readBatch(batch);
  return batch.records;
}

function readBatch(batch: StoredBatch): readonly StoredRecord[] {
  const records: LogRecord[] = [];
  readRecords(asRead(batch), EVERYTHING, records);
  return records.map(({ offset, timestampMs, key, value }) => {
    return { offset, timestampMs, key, value, keyText: keyText(key) };
  });
}

/** The same as a reader has it. The checksum was written a moment ago by `seal`. */
function asRead(batch: StoredBatch): RecordBatch {
  const { bytes, baseOffset, lastOffset, producerId, isTransactional, isControl, appendedMs } = batch;
  return {
    baseOffset,
    lastOffset,
    producerId,
    isTransactional,
    isControl,
    attributes: bytes.readInt16BE(field.attributes),
    baseTimestampMs: readInt64(bytes, field.baseTimestamp),
    maxTimestampMs: appendedMs,
    recordsCount: bytes.readInt32BE(field.recordsCount),
    body: bytes.subarray(field.records),
  };
}

/** Keys as text that keeps every byte. */
export function keyText(key: Uint8Array | null): string {
  return key === null
    ? 'null'
    : `k${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}
