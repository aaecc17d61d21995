/** Records as the processor would publish them, for the tests of the views and of the API. */
import { type DailyBalance, type EntryPosted, type Merchant, parseDate } from '@fluxo/schemas';

export function dayOf(date: string): number {
  const day = parseDate(date);
  if (day === null) throw new Error(`${date} is no date`);
  return day;
}

export function aMerchant(change: Partial<Merchant> = {}): Merchant {
  return {
    merchantId: 'm-1',
    name: 'Padaria São João',
    calendar: [
      { effectiveFrom: dayOf('2026-01-01'), zone: 'America/Sao_Paulo', cutoffMinutes: 240 },
      { effectiveFrom: dayOf('2026-04-01'), zone: 'America/Manaus', cutoffMinutes: 0 },
    ],
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
    closedThrough: null,
    revision: 1,
    chainHead: Buffer.alloc(32, 0xcd),
    recordedAt: Date.UTC(2026, 0, 1, 12),
    ...change,
  };
}

export function aBalance(change: Partial<DailyBalance> = {}): DailyBalance {
  const amounts = {
    currency: 'BRL',
    openingMinor: 10_000,
    creditsMinor: 2_550,
    debitsMinor: 1_050,
    closingMinor: 11_500,
    creditCount: 2,
    debitCount: 1,
  };
  const share = { currency: 'BRL', creditsMinor: 2_550, debitsMinor: 1_050, count: 3 };
  return {
    merchantId: 'm-1',
    businessDate: dayOf('2026-03-01'),
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 240,
    dayStart: Date.UTC(2026, 2, 1, 7),
    revision: 2,
    chainHead: Buffer.alloc(32, 0xab),
    recordedAt: Date.UTC(2026, 2, 1, 15, 30, 0, 123),
    accounts: [{ accountId: 'drawer', ...amounts }],
    totals: [amounts],
    byKind: [{ kind: 'ADJUSTMENT', ...share }],
    byMethod: [{ paymentMethod: 'CASH', ...share }],
    ...change,
  };
}

export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function anEntry(change: Partial<EntryPosted> = {}): EntryPosted {
  return {
    merchantId: 'm-1',
    ledgerSeq: 2,
    recordedAt: Date.UTC(2026, 2, 1, 15, 30, 0, 123),
    sourceOffset: 7,
    entryId: uuid(1),
    leg: 'SINGLE',
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'PIX',
    amountMinor: 1_000_000_000_000,
    currency: 'BRL',
    occurredAt: Date.UTC(2026, 2, 1, 15),
    submittedAt: Date.UTC(2026, 2, 1, 15, 1, 2, 3),
    businessDate: dayOf('2026-03-01'),
    originalBusinessDate: null,
    reversesEntryId: null,
    purpose: null,
    reason: null,
    description: 'pão "de" \\ queijo \u{1F9C0}',
    externalId: null,
    source: { system: 'till', deviceId: null, sequence: 2 ** 53 - 1 },
    prevHash: Buffer.alloc(32, 1),
    hash: Buffer.alloc(32, 2),
    ...change,
  };
}
