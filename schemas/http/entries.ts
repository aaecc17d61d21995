/**
 * The bodies of the entries API, as JSON Schema: the fields of spec.md 2.1 that a caller can know, under the same names. Instants are
 * RFC 3339 text with an offset, dates `YYYY-MM-DD`, amounts whole minor units. What is left out, the API fills in (an id) or takes as absent.
 */
const id = { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' } as const;
const uuid = {
  type: 'string',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description:
    'Made by the API if it is left out. Kept in every repetition, it makes the submission count once.',
} as const;
const amountMinor = { type: 'integer', minimum: 1, maximum: 1_000_000_000_000 } as const;
const currency = { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' } as const;
const instant = {
  type: 'string',
  pattern:
    '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?(?:Z|[+-][0-9]{2}:[0-9]{2})$',
  description: 'RFC 3339, with an offset',
} as const;
const date = { type: 'string', pattern: '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$' } as const;
const name = { type: 'string', maxLength: 128 } as const;
const text = { type: 'string', maxLength: 512 } as const;

function body<Properties extends object>($id: string, properties: Properties, required: readonly string[]) {
  return { $id, type: 'object', additionalProperties: false, required, properties } as const;
}

export const newEntrySchema = body(
  'NewEntry',
  {
    entryId: uuid,
    accountId: id,
    direction: { type: 'string', enum: ['CREDIT', 'DEBIT'] },
    kind: {
      type: 'string',
      enum: ['SALE', 'REFUND', 'CASH_IN', 'CASH_OUT', 'FEE', 'ADJUSTMENT', 'OPENING', 'OTHER'],
    },
    paymentMethod: {
      type: 'string',
      enum: [
        'CASH',
        'DEBIT_CARD',
        'CREDIT_CARD',
        'PIX',
        'BOLETO',
        'VOUCHER',
        'CHECK',
        'BANK_TRANSFER',
        'OTHER',
      ],
    },
    amountMinor,
    currency,
    occurredAt: instant,
    description: text,
    externalId: text,
  },
  ['accountId', 'direction', 'kind', 'paymentMethod', 'amountMinor', 'currency', 'occurredAt'],
);

export const newTransferSchema = body(
  'NewTransfer',
  {
    entryId: uuid,
    fromAccountId: id,
    toAccountId: id,
    amountMinor,
    currency,
    occurredAt: instant,
    purpose: { type: 'string', enum: ['SANGRIA', 'SUPRIMENTO', 'DEPOSIT', 'WITHDRAWAL', 'OTHER'] },
    description: text,
  },
  ['fromAccountId', 'toAccountId', 'amountMinor', 'currency', 'occurredAt', 'purpose'],
);

export const newReversalSchema = body('NewReversal', { entryId: uuid, reason: text, occurredAt: instant }, [
  'reason',
  'occurredAt',
]);

export const newDayCloseSchema = body(
  'NewDayClose',
  {
    requestId: uuid,
    requestedBy: name,
    counts: {
      type: 'array',
      maxItems: 64,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['accountId', 'countedMinor'],
        properties: { accountId: id, countedMinor: { type: 'integer' } },
      },
    },
  },
  ['requestedBy'],
);

export const newDayReopenSchema = body('NewDayReopen', { requestId: uuid, requestedBy: name, reason: text }, [
  'requestedBy',
  'reason',
]);

export const merchantSettingsSchema = body(
  'MerchantSettings',
  {
    configId: uuid,
    name,
    zone: name,
    cutoffMinutes: { type: 'integer', minimum: 0, maximum: 720 },
    effectiveFrom: date,
    lateEntries: { type: 'string', enum: ['BOOK_TODAY', 'REJECT'] },
    backdateLimitDays: { type: 'integer', minimum: 0, maximum: 400 },
    accounts: {
      type: 'array',
      minItems: 1,
      maxItems: 64,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['accountId', 'name', 'type', 'currency'],
        properties: {
          accountId: id,
          name,
          type: { type: 'string', enum: ['DRAWER', 'SAFE', 'BANK', 'ACQUIRER', 'OTHER'] },
          currency,
        },
      },
    },
  },
  ['name', 'zone', 'cutoffMinutes', 'effectiveFrom', 'lateEntries', 'backdateLimitDays', 'accounts'],
);

/** At most 500; each is judged by itself, so here they are anything. */
export const entryBatchSchema = body(
  'EntryBatch',
  { entries: { type: 'array', minItems: 1, maxItems: 500, items: {} } },
  ['entries'],
);

/** What a caller is told of a submission. */
export type SubmissionBody = {
  readonly merchantId: string;
  readonly submissionId: string;
  readonly type: string;
  readonly state: 'accepted' | 'posted' | 'duplicate' | 'rejected';
  readonly status: string;
  readonly ledgerSeq?: number;
  readonly businessDate?: string | null;
  readonly legs?: readonly SubmissionLeg[];
  readonly code?: string;
  readonly detail?: string;
};

export type SubmissionLeg = {
  readonly leg: string;
  readonly ledgerSeq: number;
  readonly businessDate: string | null;
};

export const submissionSchema = {
  $id: 'Submission',
  type: 'object',
  description: 'What became of a submission.',
  required: ['merchantId', 'submissionId', 'type', 'state', 'status'],
  properties: {
    merchantId: id,
    submissionId: { type: 'string' },
    type: { type: 'string', description: 'The record it became, as in spec.md 2.1.' },
    state: {
      type: 'string',
      enum: ['accepted', 'posted', 'duplicate', 'rejected'],
      description:
        'accepted: it will be judged; posted: it is in the ledger; duplicate: the same was in the ledger before; rejected: see code and detail.',
    },
    status: { type: 'string', description: 'Where to ask again.' },
    ledgerSeq: { type: 'integer', description: 'Of the first leg.' },
    businessDate: { type: ['string', 'null'], format: 'date', description: 'The day it counts on.' },
    legs: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          leg: { type: 'string' },
          ledgerSeq: { type: 'integer' },
          businessDate: { type: ['string', 'null'], format: 'date' },
        },
      },
    },
    code: { type: 'string', description: 'Why it was refused (spec.md 3.2).' },
    detail: { type: 'string', description: 'The same for people.' },
  },
} as const;
