/**
 * Balance documents into DynamoDB: the latest state of every merchant's every business day, as the topic has it.
 *
 * Guarantees: a document is replaced only by one with a higher revision, in one atomic step, so any number of redeliveries, in any
 * order, by any number of processes, leaves each day at its greatest revision; `latest` only moves forward, after the day it names is
 * there; positions move last. It is no source of truth: losing the table costs a rebuild, never an answer.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { type DailyBalance, topics } from '@fluxo/schemas';
import { type Document, documentsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import type { StoredDocument } from './document-writes.ts';
import type { DynamodbStore } from './dynamodb-store.ts';

const topic = topics.dailyBalances;

export class DynamodbBalanceSink implements Sink {
  readonly #store: DynamodbStore;
  readonly #codec: TopicCodec;

  constructor(store: DynamodbStore, codec: TopicCodec) {
    this.#store = store;
    this.#codec = codec;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#store.open(topic.name, partitions);
  }

  async write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const documents = await documentsOf('DailyBalance', batches, this.#codec);
    const written = await this.#store.write(topic.name, batches, documents.map(storedDay));
    return { written, refused: documents.length - written };
  }

  async close(): Promise<void> {
    this.#store.close();
  }
}

export function storedDay({
  body,
  record,
}: Pick<Document<'DailyBalance'>, 'body' | 'record'>): StoredDocument {
  const { merchantId, businessDate, revision }: DailyBalance = record;
  return { merchantId, businessDate, revision, body };
}
