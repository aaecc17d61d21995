/**
 * A record batch as a partition keeps it: the real bytes, with the broker's offset and time in them, and what its header says. Its bytes never change, so that schedules can share it.
 */
import { attribute, field, readInt64, writeInt64 } from '../../../kafka/record-batch-format.ts';
import { type LogRecord, readRecords, recordBatches } from '../../../kafka/record-batch-reader.ts';
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
  records: readonly LogRecord[] | null;
};

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
  // ControlRecordKey => version type     (both int16; type 0: abort, 1: commit)
  const key = Buffer.from([0, 0, 0, marker.isCommit ? 1 : 0]);
  const bytes = plainBatch([{ key, value: Buffer.alloc(6) }], marker);
  bytes.writeInt16BE(bytes.readInt16BE(field.attributes) | attribute.control, field.attributes);
  bytes.writeInt32BE(-1, field.baseSequence);
  return store(bytes, place);
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

const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** The records of a data batch. */
export function recordsIn(batch: StoredBatch): readonly LogRecord[] {
  batch.records ??= readBatch(batch.bytes);
  return batch.records;
}

function readBatch(bytes: Buffer): readonly LogRecord[] {
  const records: LogRecord[] = [];
  for (const each of recordBatches(bytes)) readRecords(each, EVERYTHING, records);
  return records;
}
