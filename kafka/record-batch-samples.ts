/** Record batches for tests, as a broker hands them out: with offsets, the broker's time, compression or a transaction's end. */
import { crc32c } from '@node-rs/crc32';
import { type CompressionAlgorithmValue, compressionsAlgorithms } from '@platformatic/kafka';
import { attribute, field, LENGTH_PREFIX_BYTES, writeInt64 } from './record-batch-format.ts';
import { encodeRecordBatch, type RecordToWrite } from './record-batch-writer.ts';

export type SampleBatch = {
  readonly baseOffset: number;
  readonly records: readonly RecordToWrite[];
  /** Within a transaction of this producer. */
  readonly producerId?: number;
  readonly compression?: CompressionAlgorithmValue;
  /** The broker's time for all records; without it the batch says CreateTime. */
  readonly logAppendTimeMs?: number;
};

export function sampleBatch(sample: SampleBatch): Buffer {
  const { baseOffset, records, producerId, compression = 'none', logAppendTimeMs } = sample;
  const batch = encodeRecordBatch(records, {
    producerId: producerId ?? -1,
    producerEpoch: 0,
    baseSequence: 0,
    isTransactional: producerId !== undefined,
    timestampMs: 1_000,
  });
  const { compressSync, bitmask } = compressionsAlgorithms[compression];
  const body =
    compression === 'none' ? batch.subarray(field.records) : compressSync(batch.subarray(field.records));
  const whole = Buffer.concat([batch.subarray(0, field.records), body]);
  const flags = bitmask | (logAppendTimeMs === undefined ? 0 : attribute.logAppendTime);
  whole.writeInt16BE(whole.readInt16BE(field.attributes) | flags, field.attributes);
  if (logAppendTimeMs !== undefined) writeInt64(whole, logAppendTimeMs, field.maxTimestamp);
  return asStored(whole, baseOffset);
}

/** The marker that ends a producer's transaction; it takes one offset. */
export function markerBatch(offset: number, producerId: number, outcome: 'commit' | 'abort'): Buffer {
  const key = Buffer.from([0, 0, 0, outcome === 'commit' ? 1 : 0]);
  const batch = sampleBatch({ baseOffset: offset, producerId, records: [{ key, value: Buffer.alloc(6) }] });
  batch.writeInt16BE(batch.readInt16BE(field.attributes) | attribute.control, field.attributes);
  return asStored(batch, offset);
}

/** Gives a batch its place in the log, and the length and checksum that what was changed in it demands. */
export function asStored(batch: Buffer, baseOffset: number): Buffer {
  writeInt64(batch, baseOffset, field.baseOffset);
  batch.writeInt32BE(batch.length - LENGTH_PREFIX_BYTES, field.batchLength);
  batch.writeUInt32BE(crc32c(batch.subarray(field.attributes)), field.crc);
  return batch;
}
