/**
 * The DynamoDB sink for who is handed its records: the same documents, conditions and order as in the process (`main.ts`). A batch
 * may come again, also while its first try is still under way, and may come after later ones: the revision guard makes all of that harmless.
 * It fails as a whole, before anything is written if it cannot be read, and is then handed over again.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { documentsOf } from '../engine/documents.ts';
import { SinkRefusedError, type WriteCount } from '../engine/sink.ts';
import { storedDay } from './balance.sink.ts';
import type { StoredDocument } from './document-writes.ts';
import type { DynamodbStore } from './dynamodb-store.ts';
import { storedMerchant } from './merchant.sink.ts';
import { batchesOf, type KafkaEvent, type MskBatch } from './msk-event.ts';

export type HandlerOptions = {
  readonly store: DynamodbStore;
  readonly codecs: { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec };
};

export class KafkaEventHandler {
  readonly #options: HandlerOptions;

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /** Resolves when everything is written. Fails with `RetriableSinkError` or `SinkRefusedError`. */
  async handle(event: KafkaEvent): Promise<WriteCount> {
    const readable = await Promise.all(
      batchesOf(event).map(async (batch) => ({ batch, documents: await this.#documentsOf(batch) })),
    );
    let [written, refused] = [0, 0];
    for (const { batch, documents } of readable) {
      const count = await this.#options.store.follow(batch.topic, batch, documents);
      written += count;
      refused += documents.length - count;
    }
    return { written, refused };
  }

  async #documentsOf(batch: MskBatch): Promise<readonly StoredDocument[]> {
    const { dailyBalances, merchants } = this.#options.codecs;
    const batches = [{ ...batch, fromOffset: batch.records[0]?.offset ?? 0, isComplete: false }];
    if (batch.topic === topics.dailyBalances.name)
      return (await documentsOf('DailyBalance', batches, dailyBalances)).map(storedDay);
    if (batch.topic === topics.merchants.name)
      return (await documentsOf('Merchant', batches, merchants)).map(storedMerchant);
    throw new SinkRefusedError(
      `records of ${batch.topic} were handed over, and this function stores those of ${topics.dailyBalances.name} and ${topics.merchants.name}: its event source mapping names the wrong topic.`,
    );
  }
}
