import { Writer } from '@platformatic/kafka';
import type { OffsetCommitRequest, PartitionErrorsAnswer } from '../requests.ts';
import { byTopic, readByTopic, type WireRequest } from './wire-request.ts';

/*
  OffsetCommit Request (Version: 8) => group_id generation_id member_id group_instance_id [topics] TAG_BUFFER
    topics => name [partitions] TAG_BUFFER
      partitions => partition_index committed_offset committed_leader_epoch committed_metadata TAG_BUFFER
  OffsetCommit Response (Version: 8) => throttle_time_ms [topics] TAG_BUFFER
    topics => name [partitions] TAG_BUFFER
      partitions => partition_index error_code TAG_BUFFER
*/
export const offsetCommit: WireRequest<OffsetCommitRequest, PartitionErrorsAnswer> = {
  apiKey: 8,
  version: 8,
  write: ({ groupId, generationId, memberId, instanceId, offsets }) =>
    Writer.create()
      .appendString(groupId)
      .appendInt32(generationId)
      .appendString(memberId)
      .appendString(instanceId)
      .appendArray(byTopic(offsets), (topicWriter, [topic, parts]) => {
        topicWriter
          .appendString(topic)
          .appendArray(parts, (writer, { partition, offset, metadata = null }) => {
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
