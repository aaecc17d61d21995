import { type Reader, Writer } from '@platformatic/kafka';
import type { MetadataAnswer, MetadataRequest } from '../requests.ts';
import type { WireRequest } from './wire-request.ts';

/*
  Metadata Request (Version: 12) => [topics] allow_auto_topic_creation include_topic_authorized_operations TAG_BUFFER
    topics => topic_id name TAG_BUFFER
  Metadata Response (Version: 12) => throttle_time_ms [brokers] cluster_id controller_id [topics] TAG_BUFFER
    brokers => node_id host port rack TAG_BUFFER
    topics => error_code name topic_id is_internal [partitions] topic_authorized_operations TAG_BUFFER
      partitions => error_code partition_index leader_id leader_epoch [replica_nodes] [isr_nodes] [offline_replicas] TAG_BUFFER
*/
export const metadata: WireRequest<MetadataRequest, MetadataAnswer> = {
  apiKey: 3,
  version: 12,
  write: ({ topics }) =>
    Writer.create()
      .appendArray([...topics], (writer, topic) => writer.appendUUID(null).appendString(topic))
      .appendBoolean(false)
      .appendBoolean(false)
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const brokers = reader.readArray(() => readBroker(reader));
    reader.readNullableString();
    reader.readInt32();
    return { brokers, topics: reader.readArray(() => readTopic(reader)) };
  },
};

function readBroker(reader: Reader): MetadataAnswer['brokers'][number] {
  const broker = { nodeId: reader.readInt32(), host: reader.readString(), port: reader.readInt32() };
  reader.readNullableString();
  return broker;
}

function readTopic(reader: Reader): MetadataAnswer['topics'][number] {
  const errorCode = reader.readInt16();
  const name = reader.readString();
  const topicId = reader.readUUID();
  reader.readBoolean();
  const partitions = reader.readArray(() => readPartition(reader));
  reader.readInt32();
  return { errorCode, name, topicId, partitions };
}

function readPartition(reader: Reader): MetadataAnswer['topics'][number]['partitions'][number] {
  const partition = {
    errorCode: reader.readInt16(),
    partition: reader.readInt32(),
    leader: reader.readInt32(),
    leaderEpoch: reader.readInt32(),
  };
  for (let list = 0; list < 3; list++) reader.readArray(() => reader.readInt32(), true, false);
  return partition;
}
