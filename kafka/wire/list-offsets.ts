import { type Reader, Writer } from '@platformatic/kafka';
import type { ListOffsetsAnswer, ListOffsetsRequest } from '../requests.ts';
import { isolationLevels } from './isolation-levels.ts';
import { byTopic, readByTopic, readNumber, type WireRequest } from './wire-request.ts';

/*
  ListOffsets Request (Version: 8) => replica_id isolation_level [topics] TAG_BUFFER
    topics => name [partitions] TAG_BUFFER
      partitions => partition_index current_leader_epoch timestamp TAG_BUFFER
  ListOffsets Response (Version: 8) => throttle_time_ms [topics] TAG_BUFFER
    topics => name [partitions] TAG_BUFFER
      partitions => partition_index error_code timestamp offset leader_epoch TAG_BUFFER
*/
export const listOffsets: WireRequest<ListOffsetsRequest, ListOffsetsAnswer> = {
  apiKey: 2,
  version: 8,
  write: ({ isolation, partitions }) =>
    Writer.create()
      .appendInt32(-1)
      .appendInt8(isolationLevels[isolation])
      .appendArray(byTopic(partitions), (topicWriter, [topic, parts]) => {
        topicWriter.appendString(topic).appendArray(parts, (writer, { partition, timestampMs }) => {
          writer.appendInt32(partition).appendInt32(-1).appendInt64(BigInt(timestampMs));
        });
      })
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    return { partitions: readByTopic(reader, (topic) => readPartition(reader, topic)) };
  },
};

function readPartition(reader: Reader, topic: string): ListOffsetsAnswer['partitions'][number] {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt64();
  const offset = readNumber(reader);
  reader.readInt32();
  return { topic, partition, errorCode, offset };
}
