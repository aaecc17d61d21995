import { type Reader, Writer } from '@platformatic/kafka';
import type { OffsetFetchAnswer, OffsetFetchRequest } from '../requests.ts';
import { readByTopic, readNumber, type WireRequest } from './wire-request.ts';

/*
  OffsetFetch Request (Version: 9) => [groups] require_stable TAG_BUFFER
    groups => group_id member_id member_epoch [topics] TAG_BUFFER
      topics => name [partition_indexes] TAG_BUFFER
  OffsetFetch Response (Version: 9) => throttle_time_ms [groups] TAG_BUFFER
    groups => group_id [topics] error_code TAG_BUFFER
      topics => name [partitions] TAG_BUFFER
        partitions => partition_index committed_offset committed_leader_epoch metadata error_code TAG_BUFFER

  member_id and member_epoch belong to the other group protocol (KIP-848) and stay empty.
*/
export const offsetFetch: WireRequest<OffsetFetchRequest, OffsetFetchAnswer> = {
  apiKey: 9,
  version: 9,
  write: ({ groupId, topic, partitions, requireStable }) =>
    Writer.create()
      .appendArray([groupId], (groupWriter, group) => {
        groupWriter
          .appendString(group)
          .appendString(null)
          .appendInt32(-1)
          .appendArray([topic], (writer, name) => {
            writer
              .appendString(name)
              .appendArray([...partitions], (each, partition) => each.appendInt32(partition), true, false);
          });
      })
      .appendBoolean(requireStable)
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const [group] = reader.readArray(() => {
      reader.readString();
      const partitions = readByTopic(reader, (topic) => readPartition(reader, topic));
      return { partitions, errorCode: reader.readInt16() };
    });
    if (group === undefined) throw new Error('OffsetFetch was answered without the group');
    return group;
  },
};

function readPartition(reader: Reader, topic: string): OffsetFetchAnswer['partitions'][number] {
  const partition = reader.readInt32();
  const offset = readNumber(reader);
  reader.readInt32();
  const metadata = reader.readNullableString() ?? '';
  return { topic, partition, offset, metadata, errorCode: reader.readInt16() };
}
