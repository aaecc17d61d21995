/**
 * What members of a consumer group tell each other through the coordinator, in the form all Kafka clients share, so that
 * Kafka's own tools can show who has which partition:
 *
 *   Subscription (Version: 2) => version [topics] user_data [owned_partitions] generation_id
 *     topics => STRING   user_data => NULLABLE_BYTES
 *     owned_partitions => topic [partitions]
 *   Assignment (Version: 0) => version [assigned_partitions] user_data
 *     assigned_partitions => topic [partitions]
 */
import { Reader, Writer } from '@platformatic/kafka';

const SUBSCRIPTION_VERSION = 2;
const ASSIGNMENT_VERSION = 0;

/** What a member brings to a join: what it held, and in which generation (−1: nothing yet). */
type Subscription = {
  readonly topic: string;
  readonly owned: readonly number[];
  readonly generationId: number;
};

export function encodeSubscription({ topic, owned, generationId }: Subscription): Uint8Array {
  const writer = Writer.create()
    .appendInt16(SUBSCRIPTION_VERSION)
    .appendArray([topic], (each, name) => each.appendString(name, false), false, false)
    .appendInt32(-1);
  return appendPartitions(writer, { topic, partitions: owned }).appendInt32(generationId).buffer;
}

export function decodeSubscription(bytes: Uint8Array, topic: string): Subscription {
  const reader = Reader.from(Buffer.from(bytes));
  const version = reader.readInt16();
  reader.readArray(() => reader.readString(false), false, false);
  reader.readNullableBytes(false);
  const owned = version >= 1 ? readPartitions(reader, topic) : [];
  return { topic, owned, generationId: version >= 2 ? reader.readInt32() : -1 };
}

export function encodeAssignment(topic: string, partitions: readonly number[]): Uint8Array {
  return appendPartitions(Writer.create().appendInt16(ASSIGNMENT_VERSION), { topic, partitions }).appendInt32(
    -1,
  ).buffer;
}

/** The partitions of this topic, ascending. An empty answer is an empty assignment. */
export function decodeAssignment(bytes: Uint8Array, topic: string): readonly number[] {
  if (bytes.length === 0) return [];
  const reader = Reader.from(Buffer.from(bytes));
  reader.readInt16();
  return readPartitions(reader, topic).toSorted((a, b) => a - b);
}

function appendPartitions(writer: Writer, place: { topic: string; partitions: readonly number[] }): Writer {
  const topics = place.partitions.length === 0 ? [] : [place];
  return writer.appendArray(
    topics,
    (topicWriter, { topic, partitions }) => {
      topicWriter
        .appendString(topic, false)
        .appendArray([...partitions], (each, partition) => each.appendInt32(partition), false, false);
    },
    false,
    false,
  );
}

function readPartitions(reader: Reader, topic: string): number[] {
  const topics = reader.readArray(
    () => {
      const name = reader.readString(false);
      return { name, partitions: reader.readArray(() => reader.readInt32(), false, false) };
    },
    false,
    false,
  );
  return topics.flatMap(({ name, partitions }) => (name === topic ? partitions : []));
}
