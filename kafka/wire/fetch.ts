/** Fetch: records of many partitions, with what a read_committed reader must leave out. Without fetch sessions (KIP-227). */
import { type Reader, Writer } from '@platformatic/kafka';
import type { FetchAnswer, FetchedPartition, FetchRequest } from '../requests.ts';
import { isolationLevels } from './isolation-levels.ts';
import { readNumber, type WireRequest } from './wire-request.ts';

const MIN_BYTES = 1;
const NO_SESSION = { id: 0, epoch: -1 };
const NOTHING = Buffer.alloc(0);

/*
  Fetch Request (Version: 13) => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch [topics] [forgotten_topics_data] rack_id TAG_BUFFER
    topics => topic_id [partitions] TAG_BUFFER
      partitions => partition current_leader_epoch fetch_offset last_fetched_epoch log_start_offset partition_max_bytes TAG_BUFFER
  Fetch Response (Version: 13) => throttle_time_ms error_code session_id [responses] TAG_BUFFER
    responses => topic_id [partitions] TAG_BUFFER
      partitions => partition_index error_code high_watermark last_stable_offset log_start_offset [aborted_transactions] preferred_read_replica records TAG_BUFFER
        aborted_transactions => producer_id first_offset TAG_BUFFER
        records => COMPACT_RECORDS
*/
export const fetch: WireRequest<FetchRequest, FetchAnswer> = {
  apiKey: 1,
  version: 13,
  write: ({ maxWaitMs, maxBytes, isolation, partitions }) =>
    Writer.create()
      .appendInt32(-1)
      .appendInt32(maxWaitMs)
      .appendInt32(MIN_BYTES)
      .appendInt32(maxBytes)
      .appendInt8(isolationLevels[isolation])
      .appendInt32(NO_SESSION.id)
      .appendInt32(NO_SESSION.epoch)
      .appendArray(
        [...Map.groupBy(partitions, ({ topicId }) => topicId)],
        (topicWriter, [topicId, parts]) => {
          topicWriter.appendUUID(topicId).appendArray(parts, (writer, each) => {
            writer
              .appendInt32(each.partition)
              .appendInt32(each.leaderEpoch)
              .appendInt64(BigInt(each.offset))
              .appendInt32(-1)
              .appendInt64(-1n)
              .appendInt32(each.maxBytes);
          });
        },
      )
      .appendArray([], () => {})
      .appendString('')
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const errorCode = reader.readInt16();
    reader.readInt32();
    const topics = reader.readArray(() => {
      const topicId = reader.readUUID();
      return reader.readArray(() => readPartition(reader, topicId));
    });
    return { errorCode, partitions: topics.flat() };
  },
};

function readPartition(reader: Reader, topicId: string): FetchedPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = readNumber(reader);
  const lastStableOffset = readNumber(reader);
  const logStartOffset = readNumber(reader);
  const aborted = reader.readArray(() => ({
    producerId: readNumber(reader),
    firstOffset: readNumber(reader),
  }));
  reader.readInt32();
  return {
    topicId,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    records: reader.readNullableBytes() ?? NOTHING,
  };
}
