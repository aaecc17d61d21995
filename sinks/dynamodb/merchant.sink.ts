/**
 * Merchants into DynamoDB: what is in force for each, with the days of `balance.sink.ts` under the same partition key. The same
 * guarantees: only a higher revision replaces what is stored.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { type Merchant, topics } from '@fluxo/schemas';
import { DocumentSink } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import type { StoredDocument } from './document-writes.ts';
import type { DynamodbStore } from './dynamodb-store.ts';

export class DynamodbMerchantSink extends DocumentSink<'Merchant'> {
  constructor(store: DynamodbStore, codec: TopicCodec) {
    super({ topic: topics.merchants, record: 'Merchant', codec }, store.of(storedMerchant));
  }
}

export function storedMerchant({
  body,
  record,
}: Pick<Document<'Merchant'>, 'body' | 'record'>): StoredDocument {
  const { merchantId, revision }: Merchant = record;
  return { merchantId, businessDate: null, revision, body };
}
