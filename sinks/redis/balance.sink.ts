/**
 * Balance documents into Redis: the latest state of every merchant's every business day, as the topic has it.
 *
 * Guarantees: a document is replaced only by one with a higher revision, in one atomic step with the index of days, so any
 * number of redeliveries, in any order, by any number of processes, leaves each day at its greatest revision. After a
 * document can be read, its day can be found. It is no source of truth: losing it costs a rebuild, never an answer.
 */

import type { TopicCodec } from '@fluxo/kafka';
import { fixedWidth, formatDate, redisDayKey, redisDaysKey, redisMerchantKey, topics } from '@fluxo/schemas';
import { documentsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import type { RedisStore } from './redis-store.ts';

const topic = topics.dailyBalances;

export class RedisBalanceSink implements Sink {
  readonly #store: RedisStore;
  readonly #codec: TopicCodec;

  constructor(store: RedisStore, codec: TopicCodec) {
    this.#store = store;
    this.#codec = codec;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#store.open(topic.name, partitions);
  }

  async write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const documents = await documentsOf('DailyBalance', batches, this.#codec);
    const written = await this.#store.write(topic.name, batches, (pipeline) => {
      for (const { body, record } of documents) {
        const { merchantId, businessDate, revision } = record;
        pipeline.fluxoWriteDay(
          redisDayKey(merchantId, businessDate),
          redisDaysKey(merchantId),
          redisMerchantKey(merchantId),
          fixedWidth(revision),
          body,
          businessDate,
          formatDate(businessDate),
        );
      }
    });
    return { written, refused: documents.length - written };
  }

  async close(): Promise<void> {
    this.#store.close();
  }
}
