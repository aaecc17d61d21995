/**
 * Balance documents into DynamoDB: the latest state of every merchant's every business day, as the topic has it.
 *
 * Guarantees: a document is replaced only by one with a higher revision, in one atomic step, so any number of redeliveries, in any
 * order, by any number of processes, leaves each day at its greatest revision; `latest` only moves forward, after the day it names is
 * there; positions move last. It is no source of truth: losing the table costs a rebuild, never an answer.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { type DailyBalance, topics } from '@fluxo/schemas';
import { DocumentSink } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import type { StoredDocument } from './document-writes.ts';
import type { DynamodbStore } from './dynamodb-store.ts';

export class DynamodbBalanceSink extends DocumentSink<'DailyBalance'> {
  constructor(store: DynamodbStore, codec: TopicCodec) {
    super({ topic: topics.dailyBalances, record: 'DailyBalance', codec }, store.of(storedDay));
  }
}

export function storedDay({
  body,
  record,
}: Pick<Document<'DailyBalance'>, 'body' | 'record'>): StoredDocument {
  const { merchantId, businessDate, revision }: DailyBalance = record;
  return { merchantId, businessDate, revision, body };
}
