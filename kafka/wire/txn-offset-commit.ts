import { Writer } from '@platformatic/kafka';
import type { PartitionErrorsAnswer, TxnOffsetCommitRequest } from '../requests.ts';
import { byTopic, readByTopic, type WireRequest } from './wire-request.ts';

/*
  TxnOffsetCommit Request (Version: 5) => transactional_id group_id producer_id producer_epoch generation_id member_id group_instance_id [topics] TAG_BUFFER
    topics => name [partitions] TAG_BUFFER
      partitions => partition_index committed_offset committed_leader_epoch committed_metadata TAG_BUFFER
  TxnOffsetCommit Response (Version: 5) => throttle_time_ms [topics] TAG_BUFFER
    topics => name [partitions] TAG_BUFFER
      partitions => partition_index error_code TAG_BUFFER

  From version 5 on the group joins the open transaction by this request itself (KIP-890 part 2).
*/
export const txnOffsetCommit: WireRequest<TxnOffsetCommitRequest, PartitionErrorsAnswer> = {
  apiKey: 28,
  version: 5,
  write: (request) =>
    Writer.create()
      .appendString(request.transactionalId)
      .appendString(request.groupId)
      .appendInt64(BigInt(request.producerId))
      .appendInt16(request.producerEpoch)
      .appendInt32(request.generationId)
      .appendString(request.memberId)
      .appendString(request.instanceId)
      .appendArray(byTopic(request.offsets), (topicWriter, [topic, offsets]) => {
        topicWriter
          .appendString(topic)
          .appendArray(offsets, (writer, { partition, offset, metadata = null }) => {
            writer.appendInt32(partition).appendInt64(BigInt(offset)).appendInt32(-1).appendString(metadata);
          });
      })
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const partitions = readByTopic(reader, (topic) => ({
      topic,
      partition: reader.readInt32(),
      errorCode: reader.readInt16(),
    }));
    return { partitions };
  },
};
