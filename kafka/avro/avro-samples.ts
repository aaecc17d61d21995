/** Records for the tests of this folder, one of each kind that matters to a codec: nested, nullable, dates, fixed, bytes. */
import type { DayClosed, EntryPosted, EntrySubmitted, SubmissionRejected } from '@fluxo/schemas';

export const entrySubmitted: EntrySubmitted = {
  merchantId: 'loja-042',
  submittedAt: 1_795_000_000_000,
  source: { system: 'pos', deviceId: 'till-3', sequence: 918_273 },
  entryId: '0b6f6ba0-52a4-4d3c-8a11-9a2f54d9c001',
  accountId: 'drawer-1',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 12_990,
  currency: 'BRL',
  occurredAt: 1_794_999_999_000,
  description: 'café à mesa ☕ 😀',
  externalId: null,
};

export const entryPosted: EntryPosted = {
  ...entrySubmitted,
  ledgerSeq: 7,
  recordedAt: 1_795_000_000_500,
  sourceOffset: 123_456_789,
  leg: 'SINGLE',
  businessDate: 20_775,
  originalBusinessDate: 20_774,
  reversesEntryId: null,
  purpose: 'SANGRIA',
  reason: null,
  prevHash: new Uint8Array(32).fill(1),
  hash: new Uint8Array(32).fill(2),
};

export const dayClosed: DayClosed = {
  merchantId: 'loja-042',
  ledgerSeq: 8,
  recordedAt: 1_795_000_000_600,
  sourceOffset: 4,
  requestId: '0b6f6ba0-52a4-4d3c-8a11-9a2f54d9c002',
  businessDate: 20_775,
  requestedBy: 'gerente',
  accounts: [
    {
      accountId: 'drawer-1',
      currency: 'BRL',
      openingMinor: -Number.MAX_SAFE_INTEGER,
      creditsMinor: Number.MAX_SAFE_INTEGER,
      debitsMinor: 0,
      closingMinor: 0,
      countedMinor: null,
      varianceMinor: -1,
    },
    {
      accountId: 'safe',
      currency: 'BRL',
      openingMinor: 1,
      creditsMinor: 2,
      debitsMinor: 3,
      closingMinor: 0,
      countedMinor: 5,
      varianceMinor: 5,
    },
  ],
  prevHash: new Uint8Array(32),
  hash: new Uint8Array(32).fill(3),
};

export const submissionRejected: SubmissionRejected = {
  code: 'malformed',
  detail: 'not the wire format',
  sourceOffset: 9,
  recordedAt: 1_795_000_000_700,
  key: new Uint8Array([0xff, 0x00]),
  value: new Uint8Array([1, 2, 3]),
  valueSha256: new Uint8Array(32).fill(4),
};
