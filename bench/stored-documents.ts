/** Merchants and balance documents as a processor would have published them, for benchmarks of who reads them back. */
import { hash } from 'node:crypto';
import type { DailyBalance, DayReopened, Merchant } from '@fluxo/schemas';

/** Each merchant has documents of so many days. */
export const DAYS = 250;
/** The day after the last of them, days since 1970-01-01. */
export const LAST_DAY = 20_780;

/** Merchant `index`, with its settings of the first day. */
export function merchantOf(index: number): Merchant {
  return {
    merchantId: `m-${index}`,
    name: `Loja ${index}`,
    calendar: [{ effectiveFrom: 18_262, zone: 'America/Sao_Paulo', cutoffMinutes: 0 }],
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: ['main', 'bank'].map((accountId) => ({
      accountId,
      name: accountId,
      type: 'DRAWER',
      currency: 'BRL',
    })),
    closedThrough: null,
    revision: 1,
    chainHead: hash('sha256', `m-${index}`, 'buffer'),
    recordedAt: (LAST_DAY - DAYS) * 86_400_000,
  };
}

/** Its balance document of a day, 0 to `DAYS`. */
export function documentOf(index: number, day: number): DailyBalance {
  const revision = 2 + day * 20;
  const figures = {
    openingMinor: day * 9_000,
    creditsMinor: 10_000,
    debitsMinor: 1_000,
    closingMinor: (day + 1) * 9_000,
  };
  const counted = { ...figures, creditCount: 18, debitCount: 2 };
  const moved = { currency: 'BRL', creditsMinor: 5_000, debitsMinor: 500, count: 10 };
  return {
    merchantId: `m-${index}`,
    businessDate: LAST_DAY - DAYS + day,
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 0,
    dayStart: (LAST_DAY - DAYS + day) * 86_400_000 + 10_800_000,
    revision,
    chainHead: hash('sha256', `m-${index}-${day}`, 'buffer'),
    recordedAt: (LAST_DAY - DAYS + day) * 86_400_000 + 50_000_000,
    accounts: ['bank', 'main'].map((accountId) => ({ accountId, currency: 'BRL', ...counted })),
    totals: [{ currency: 'BRL', ...counted }],
    byKind: [
      { kind: 'REFUND', ...moved },
      { kind: 'SALE', ...moved },
    ],
    byMethod: [
      { paymentMethod: 'CASH', ...moved },
      { paymentMethod: 'PIX', ...moved },
    ],
  };
}

/** What its ledger ends with, where its documents say that it does: the smallest record there is. */
export function lastOfLedger(index: number): DayReopened {
  const { merchantId, businessDate, revision, chainHead, recordedAt } = documentOf(index, DAYS - 1);
  return {
    merchantId,
    ledgerSeq: revision,
    recordedAt,
    sourceOffset: 0,
    requestId: '00000000-0000-4000-8000-000000000000',
    businessDate,
    requestedBy: 'bench',
    reason: 'bench',
    prevHash: chainHead,
    hash: chainHead,
  };
}
