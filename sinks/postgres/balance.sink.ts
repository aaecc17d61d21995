/**
 * Balance documents into Postgres: each as a row, with its accounts, totals, kinds and methods as rows beside it, for reports over
 * days. A document is replaced only by one with a higher revision, and always as a whole.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { type DailyBalance, topics } from '@fluxo/schemas';
import type { Document } from '../engine/documents.ts';
import { PostgresDocumentSink } from './document.sink.ts';
import type { DocumentLayout, DocumentRows } from './document-tables.ts';
import type { PostgresStore } from './postgres-store.ts';
import { bytes, date, instant, type Row } from './rows.ts';

const KEY = ['merchant_id', 'business_date'];
const AMOUNTS = [
  'opening_minor',
  'credits_minor',
  'debits_minor',
  'closing_minor',
  'credit_count',
  'debit_count',
];
const MOVEMENTS = ['credits_minor', 'debits_minor', 'count'];

const layout: DocumentLayout = {
  table: 'daily_balances',
  key: KEY,
  columns: [
    ...KEY,
    'partition',
    'zone',
    'cutoff_minutes',
    'day_start',
    'revision',
    'chain_head',
    'recorded_at',
  ],
  lists: {
    balance_accounts: [...KEY, 'account_id', 'currency', ...AMOUNTS],
    balance_totals: [...KEY, 'currency', ...AMOUNTS],
    balance_kinds: [...KEY, 'currency', 'kind', ...MOVEMENTS],
    balance_methods: [...KEY, 'currency', 'payment_method', ...MOVEMENTS],
  },
};

export class PostgresBalanceSink extends PostgresDocumentSink<'DailyBalance'> {
  constructor(store: PostgresStore, codec: TopicCodec) {
    super(
      { topic: topics.dailyBalances, record: 'DailyBalance', codec },
      { layout, rowsOf: balanceRows },
      store,
    );
  }
}

function balanceRows({ record, partition }: Document<'DailyBalance'>): DocumentRows {
  const key = { merchant_id: record.merchantId, business_date: date(record.businessDate) };
  return {
    row: {
      ...key,
      partition,
      zone: record.zone,
      cutoff_minutes: record.cutoffMinutes,
      day_start: instant(record.dayStart),
      revision: record.revision,
      chain_head: bytes(record.chainHead),
      recorded_at: instant(record.recordedAt),
    },
    lists: listsOf(record, key),
  };
}

function listsOf({ accounts, totals, byKind, byMethod }: DailyBalance, key: Row): DocumentRows['lists'] {
  return {
    balance_accounts: accounts.map((each) => ({ ...key, account_id: each.accountId, ...amounts(each) })),
    balance_totals: totals.map((each) => ({ ...key, ...amounts(each) })),
    balance_kinds: byKind.map((each) => ({ ...key, kind: each.kind, ...movements(each) })),
    balance_methods: byMethod.map((each) => ({
      ...key,
      payment_method: each.paymentMethod,
      ...movements(each),
    })),
  };
}

function amounts(each: DailyBalance['totals'][number]): Row {
  return {
    currency: each.currency,
    opening_minor: each.openingMinor,
    credits_minor: each.creditsMinor,
    debits_minor: each.debitsMinor,
    closing_minor: each.closingMinor,
    credit_count: each.creditCount,
    debit_count: each.debitCount,
  };
}

function movements(each: Omit<DailyBalance['byKind'][number], 'kind'>): Row {
  return {
    currency: each.currency,
    credits_minor: each.creditsMinor,
    debits_minor: each.debitsMinor,
    count: each.count,
  };
}
