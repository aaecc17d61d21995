/**
 * Merchants into Postgres: name, calendar, accounts and through which day the books are closed. Replaced only by a higher revision,
 * and always as a whole.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import type { Document } from '../engine/documents.ts';
import { PostgresDocumentSink } from './document.sink.ts';
import type { DocumentLayout, DocumentRows } from './document-tables.ts';
import type { PostgresStore } from './postgres-store.ts';
import { bytes, date, instant, optionalDate } from './rows.ts';

const layout: DocumentLayout = {
  table: 'merchants',
  key: ['merchant_id'],
  columns: [
    'merchant_id',
    'partition',
    'name',
    'late_entries',
    'backdate_limit_days',
    'closed_through',
    'revision',
    'chain_head',
    'recorded_at',
  ],
  lists: {
    merchant_accounts: ['merchant_id', 'place', 'account_id', 'name', 'type', 'currency'],
    merchant_calendar: ['merchant_id', 'place', 'effective_from', 'zone', 'cutoff_minutes'],
  },
};

export class PostgresMerchantSink extends PostgresDocumentSink<'Merchant'> {
  constructor(store: PostgresStore, codec: TopicCodec) {
    super({ topic: topics.merchants, record: 'Merchant', codec }, { layout, rowsOf: merchantRows }, store);
  }
}

function merchantRows({ record, partition }: Document<'Merchant'>): DocumentRows {
  const key = { merchant_id: record.merchantId };
  return {
    row: {
      ...key,
      partition,
      name: record.name,
      late_entries: record.lateEntries,
      backdate_limit_days: record.backdateLimitDays,
      closed_through: optionalDate(record.closedThrough),
      revision: record.revision,
      chain_head: bytes(record.chainHead),
      recorded_at: instant(record.recordedAt),
    },
    lists: {
      merchant_accounts: record.accounts.map(({ accountId, name, type, currency }, place) => ({
        ...key,
        place,
        account_id: accountId,
        name,
        type,
        currency,
      })),
      merchant_calendar: record.calendar.map(({ effectiveFrom, zone, cutoffMinutes }, place) => ({
        ...key,
        place,
        effective_from: date(effectiveFrom),
        zone,
        cutoff_minutes: cutoffMinutes,
      })),
    },
  };
}
