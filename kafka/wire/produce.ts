/** Produce: the batches of one transaction for the partitions that one broker leads. */
import { type Reader, Writer } from '@platformatic/kafka';
import type { ProduceAnswer, ProduceRequest } from '../requests.ts';
import { byTopic, readByTopic, readNumber, type WireRequest } from './wire-request.ts';

const ALL_IN_SYNC_REPLICAS = -1;

/*
  Produce Request (Version: 12) => transactional_id acks timeout_ms [topic_data] TAG_BUFFER
    topic_data => name [partition_data] TAG_BUFFER
      partition_data => index records TAG_BUFFER
  Produce Response (Version: 12) => [responses] throttle_time_ms TAG_BUFFER
    responses => name [partition_responses] TAG_BUFFER
      partition_responses => index error_code base_offset log_append_time_ms log_start_offset [record_errors] error_message TAG_BUFFER
        record_errors => batch_index batch_index_error_message TAG_BUFFER

  From version 12 on the partition joins the open transaction by this request itself (KIP-890 part 2).
*/
export const produce: WireRequest<ProduceRequest, ProduceAnswer> = {
  apiKey: 0,
  version: 12,
  write: ({ transactionalId, timeoutMs, batches }) =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt16(ALL_IN_SYNC_REPLICAS)
      .appendInt32(timeoutMs)
      .appendArray(byTopic(batches), (topicWriter, [topic, parts]) => {
        topicWriter.appendString(topic).appendArray(parts, (writer, { partition, bytes }) => {
          writer
            .appendInt32(partition)
            .appendUnsignedVarInt(bytes.length + 1)
            .append(asBuffer(bytes));
        });
      })
      .appendTaggedFields(),
  read: (reader) => {
    const partitions = readByTopic(reader, (topic) => readPartition(reader, topic));
    return { partitions, throttleMs: reader.readInt32() };
  },
};

function readPartition(reader: Reader, topic: string): ProduceAnswer['partitions'][number] {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const baseOffset = readNumber(reader);
  reader.readInt64();
  reader.readInt64();
  reader.readArray(() => {
    reader.readInt32();
    reader.readNullableString();
  });
  return { topic, partition, errorCode, baseOffset, errorMessage: reader.readNullableString() };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
