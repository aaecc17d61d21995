/** A merchant without accounts, its entries, and what its pages ask for lists of them. */
import type { HttpTestingController, TestRequest } from '@angular/common/http/testing';
import type { EntryBody, EntryListBody, MerchantBody } from '@fluxo/schemas';

export const padaria = {
  merchantId: 'padaria',
  calendar: [{ effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 }],
  accounts: [],
} as unknown as MerchantBody;

export const anEntry = (ledgerSeq: number, occurredAt = '2026-11-27T12:00:00.000Z'): EntryBody =>
  ({
    merchantId: 'padaria',
    entryId: `entry-${ledgerSeq}`,
    ledgerSeq,
    occurredAt,
    recordedAt: '2026-01-12T12:00:00.000Z',
    kind: 'SALE',
    paymentMethod: 'CASH',
    currency: 'BRL',
    amountMinor: 100,
    originalBusinessDate: null,
    reversedByEntryId: null,
    source: { system: 'till', deviceId: null, sequence: null },
  }) as EntryBody;

/** What the ledger is known to have up to this revision, and of that these. */
export const aList = (
  head: number,
  seqs: readonly number[] = [],
  nextCursor: string | null = null,
): EntryListBody => ({
  merchantId: 'padaria',
  entries: seqs.map((seq) => anEntry(seq)),
  nextCursor,
  head,
});

/** Questions for lists of entries since the last look. */
export const listsAskedFor = (http: HttpTestingController): readonly TestRequest[] =>
  http.match((request) => request.url.startsWith('/api/entries/padaria'));
