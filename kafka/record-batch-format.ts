/**
 * The layout of a record batch (magic 2), shared by the writer and the reader of batches:
 *
 *   RecordBatch => base_offset batch_length partition_leader_epoch magic crc attributes last_offset_delta base_timestamp
 *                  max_timestamp producer_id producer_epoch base_sequence records_count [records]
 *   Record => length attributes timestamp_delta offset_delta key value [headers]      (lengths and deltas: zigzag varints)
 *
 * The CRC-32C covers everything from the attributes on.
 */
export const field = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordsCount: 57,
  records: 61,
} as const;

/** The bytes in front of what `batch_length` counts. */
export const LENGTH_PREFIX_BYTES = 12;

export const MAGIC = 2;

export const attribute = {
  compressionMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const;

/** An int64 that is known to stay within ±2^53, without a BigInt. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

export function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(((value % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000, at + 4);
}
