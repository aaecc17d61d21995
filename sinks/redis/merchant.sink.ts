/**
 * Merchants into Redis: name, calendar, accounts and through which day the books are closed, as the topic has it. The same
 * guarantees as `balance.sink.ts`: only a higher revision replaces what is stored.
 */

import type { TopicCodec } from '@fluxo/kafka';
import { fixedWidth, redisMerchantKey, topics } from '@fluxo/schemas';
import { documentsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import type { RedisStore } from './redis-store.ts';

const topic = topics.merchants;

export class RedisMerchantSink implements Sink {
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
    const documents = await documentsOf('Merchant', batches, this.#codec);
    const written = await this.#store.write(topic.name, batches, (pipeline) => {
      for (const { body, record } of documents)
        pipeline.fluxoWriteMerchant(redisMerchantKey(record.merchantId), fixedWidth(record.revision), body);
    });
    return { written, refused: documents.length - written };
  }

  async close(): Promise<void> {
    this.#store.close();
  }
}
