/**
 * Merchants into DynamoDB: what is in force for each, with the days of `balance.sink.ts` under the same partition key. The same
 * guarantees: only a higher revision replaces what is stored.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { type Merchant, topics } from '@fluxo/schemas';
import { type Document, documentsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import type { StoredDocument } from './document-writes.ts';
import type { DynamodbStore } from './dynamodb-store.ts';

const topic = topics.merchants;

export class DynamodbMerchantSink implements Sink {
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
    const documents = await documentsOf('Merchant', batches, this.#codec);
    const written = await this.#store.write(topic.name, batches, documents.map(storedMerchant));
    return { written, refused: documents.length - written };
  }

  async close(): Promise<void> {
    this.#store.close();
  }
}

export function storedMerchant({
  body,
  record,
}: Pick<Document<'Merchant'>, 'body' | 'record'>): StoredDocument {
  const { merchantId, revision }: Merchant = record;
  return { merchantId, businessDate: null, revision, body };
}
