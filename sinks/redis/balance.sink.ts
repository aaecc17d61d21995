/**
 * Balance documents into Redis: the latest state of every merchant's every business day, as the topic has it.
 *
 * Guarantees: a document is replaced only by one with a higher revision, in one atomic step with the index of days, so any
 * number of redeliveries, in any order, by any number of processes, leaves each day at its greatest revision. After a
 * document can be read, its day can be found. It is no source of truth: losing it costs a rebuild, never an answer.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { fixedWidth, formatDate, redisDayKey, redisDaysKey, redisMerchantKey, topics } from '@fluxo/schemas';
import { DocumentSink } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import type { RedisStore } from './redis-store.ts';
import type { Pipeline } from './scripts.ts';

export class RedisBalanceSink extends DocumentSink<'DailyBalance'> {
  constructor(store: RedisStore, codec: TopicCodec) {
    super({ topic: topics.dailyBalances, record: 'DailyBalance', codec }, store.of(writeDay));
  }
}

function writeDay(pipeline: Pipeline, { body, record }: Document<'DailyBalance'>): void {
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
