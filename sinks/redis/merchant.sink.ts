/**
 * Merchants into Redis: name, calendar, accounts and through which day the books are closed, as the topic has it. The same
 * guarantees as `balance.sink.ts`: only a higher revision replaces what is stored.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { fixedWidth, redisMerchantKey, topics } from '@fluxo/schemas';
import { DocumentSink } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import type { RedisStore } from './redis-store.ts';
import type { Pipeline } from './scripts.ts';

export class RedisMerchantSink extends DocumentSink<'Merchant'> {
  constructor(store: RedisStore, codec: TopicCodec) {
    super({ topic: topics.merchants, record: 'Merchant', codec }, store.of(writeMerchant));
  }
}

function writeMerchant(pipeline: Pipeline, { body, record }: Document<'Merchant'>): void {
  pipeline.fluxoWriteMerchant(redisMerchantKey(record.merchantId), fixedWidth(record.revision), body);
}
