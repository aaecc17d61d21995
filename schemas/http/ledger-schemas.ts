/** The bodies of `ledger.ts` as JSON Schema, for the OpenAPI document and its clients; and the names that filters may use. */

import {
  currency,
  date,
  instant,
  listOf,
  merchantId,
  money,
  natural,
  status,
  text,
  whole,
} from './schema-parts.ts';

/** What an entry in the ledger can be (spec.md 2.1 and 2.2). */
export const postedKinds = [
  'SALE',
  'REFUND',
  'CASH_IN',
  'CASH_OUT',
  'FEE',
  'ADJUSTMENT',
  'OPENING',
  'OTHER',
  'TRANSFER',
  'REVERSAL',
] as const;

/** How it can have been paid; INTERNAL: between own accounts. */
export const postedPaymentMethods = [
  'CASH',
  'DEBIT_CARD',
  'CREDIT_CARD',
  'PIX',
  'BOLETO',
  'VOUCHER',
  'CHECK',
  'BANK_TRANSFER',
  'OTHER',
  'INTERNAL',
] as const;

export const summaryGroups = ['day', 'week', 'month', 'account', 'kind', 'paymentMethod'] as const;

const moneyOrNull = { ...money, type: ['integer', 'null'] } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
const uuid = { type: 'string', format: 'uuid' } as const;
const uuidOrNull = { type: ['string', 'null'], format: 'uuid' } as const;
const direction = { type: 'string', enum: ['CREDIT', 'DEBIT'] } as const;

const nextCursor = {
  type: ['string', 'null'],
  description:
    'Give it back as cursor, with the same filter, for what follows; null: there is nothing more. A page with a cursor may be shorter than its limit, even empty: few of the entries looked at fit the filter.',
} as const;

const entry = {
  merchantId,
  ledgerSeq: { type: 'integer', minimum: 1, description: 'Its place in the merchant’s ledger.' },
  entryId: uuid,
  leg: { type: 'string', enum: ['SINGLE', 'FROM', 'TO'] },
  accountId: text,
  direction,
  kind: { type: 'string', description: 'Clients must expect names they do not know.', example: 'SALE' },
  paymentMethod: { type: 'string', description: 'Clients must expect names they do not know.' },
  amountMinor: { ...money, description: 'Minor units of the currency; the direction carries the sign.' },
  currency,
  occurredAt: instant,
  submittedAt: instant,
  recordedAt: instant,
  businessDate: date,
  originalBusinessDate: {
    type: ['string', 'null'],
    format: 'date',
    description: 'Its own day, when it was booked on another one.',
  },
  reversesEntryId: uuidOrNull,
  reversedByEntryId: { ...uuidOrNull, description: 'The reversal that took it back, if one did.' },
  purpose: textOrNull,
  reason: textOrNull,
  description: textOrNull,
  externalId: textOrNull,
  source: whole({
    system: text,
    deviceId: textOrNull,
    sequence: { type: ['integer', 'null'] },
  }),
} as const;

const proof = {
  ...whole({ ledgerSeq: natural, partition: natural, sourceOffset: natural, prevHash: hash, hash }),
  description: 'Where the record stands in its merchant’s hash chain.',
} as const;

export const entrySchema = { $id: 'Entry', ...whole(entry) } as const;

export const provenEntrySchema = { $id: 'ProvenEntry', ...whole({ ...entry, proof }) } as const;

export const entryPageSchema = {
  $id: 'EntryPage',
  description: 'Entries, newest first.',
  ...whole({ merchantId, entries: listOf({ $ref: 'Entry#' }), nextCursor }),
} as const;

export const entryDetailSchema = {
  $id: 'EntryDetail',
  description: 'An entry with all its legs, what reversed it, and where they stand in the chain.',
  ...whole({
    merchantId,
    entryId: uuid,
    legs: listOf({ $ref: 'ProvenEntry#' }),
    reversedBy: listOf({ $ref: 'ProvenEntry#' }),
  }),
} as const;

const closedAccount = whole({
  accountId: text,
  currency,
  openingMinor: money,
  creditsMinor: money,
  debitsMinor: money,
  closingMinor: money,
  countedMinor: moneyOrNull,
  varianceMinor: {
    ...moneyOrNull,
    description: 'Counted − closing: above zero there was too much, below too little.',
  },
});

export const daySchema = {
  $id: 'Day',
  description: 'Whether a business day is open, and how often it was closed and reopened, oldest first.',
  ...whole({
    merchantId,
    businessDate: date,
    status,
    entryCount: { ...natural, description: 'Postings on the day; a transfer has two.' },
    events: listOf(
      whole({
        type: { type: 'string', enum: ['DayClosed', 'DayReopened'] },
        requestId: uuid,
        ledgerSeq: natural,
        recordedAt: instant,
        requestedBy: text,
        reason: textOrNull,
        accounts: listOf(closedAccount),
      }),
    ),
  }),
} as const;

const summary = {
  merchantId,
  from: date,
  to: date,
  groupBy: { type: 'string', enum: summaryGroups },
  rows: listOf(
    whole({
      key: {
        type: 'string',
        description:
          'A date (of a week its Monday, of a month YYYY-MM), an account’s id, a kind or a payment method.',
      },
      currency,
      openingMinor: {
        ...moneyOrNull,
        description: 'Before the first day of the group; null by kind or method.',
      },
      creditsMinor: money,
      debitsMinor: money,
      closingMinor: { ...moneyOrNull, description: 'After its last day; null by kind or method.' },
      count: natural,
    }),
  ),
} as const;

export const summarySchema = {
  $id: 'Summary',
  description: 'Documents of a range of days added up by group, in order of key and currency.',
  ...whole(summary),
} as const;

export const summariesSchema = {
  $id: 'Summaries',
  description: 'Summaries of several merchants, in the order asked for.',
  ...whole({
    summaries: listOf(
      whole({ ...summary, revision: natural, recordedAt: { ...instant, type: ['string', 'null'] } }),
    ),
  }),
} as const;

/** What POST /v1/summaries takes. */
export const summariesQuestionSchema = {
  $id: 'SummariesQuestion',
  ...whole({
    merchants: { type: 'array', minItems: 1, maxItems: 50, uniqueItems: true, items: merchantId },
    from: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
    to: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
    groupBy: { type: 'string', enum: summaryGroups },
  }),
} as const;

export const explanationSchema = {
  $id: 'Explanation',
  description: 'What comes to the figures of a day’s accounts.',
  ...whole({
    merchantId,
    businessDate: date,
    revision: natural,
    carriedFrom: {
      ...whole({ businessDate: date, revision: natural }),
      type: ['object', 'null'],
      description:
        'The latest earlier day with postings, whose closings are the openings here, and its revision at that moment.',
    },
    accounts: listOf({ $ref: 'AccountBalance#' }),
    agrees: {
      type: 'boolean',
      description:
        'Whether the ledger’s postings come to exactly the figures of the balance of that revision.',
    },
    entries: listOf({ $ref: 'Entry#' }),
    nextCursor,
  }),
} as const;
