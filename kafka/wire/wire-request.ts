/**
 * What one file of this folder describes: a request of one version in Kafka's protocol, how to write it and how to read the
 * answer. All are "flexible" versions: compact lengths and tagged fields, which `appendArray` and `readArray` of the client
 * library add behind each element by themselves.
 */
import type { Reader, Writer } from '@platformatic/kafka';
import type { TopicPartition } from '../requests.ts';

export type WireRequest<Request, Answer> = {
  readonly apiKey: number;
  readonly version: number;
  readonly write: (request: Request) => Writer;
  readonly read: (reader: Reader, request: Request) => Answer;
};

/** An int64 as a number; what Kafka counts in them stays below 2^53. */
export function readNumber(reader: Reader): number {
  return Number(reader.readInt64());
}

/** Kafka groups partitions by topic; we list them flat. */
export function byTopic<Item extends TopicPartition>(items: readonly Item[]): [string, Item[]][] {
  const topics = new Map<string, Item[]>();
  for (const item of items) {
    const list = topics.get(item.topic);
    if (list === undefined) topics.set(item.topic, [item]);
    else list.push(item);
  }
  return [...topics];
}

/** Reads `[topics]`, each with `[partitions]`, into one flat list. */
export function readByTopic<Item>(reader: Reader, readPartition: (topic: string) => Item): Item[] {
  return reader
    .readArray(() => {
      const topic = reader.readString();
      return reader.readArray(() => readPartition(topic));
    })
    .flat();
}

/** The kind of group whose members share partitions: tools that know it can show who has which. */
export const PROTOCOL_TYPE = 'consumer';
