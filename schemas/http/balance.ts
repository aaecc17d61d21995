/**
 * The bodies of the query API's answers about balances, as JSON Schema (for the OpenAPI document and its clients) and as types
 * (for the code that makes them). Money is integers of minor units, dates are YYYY-MM-DD, instants RFC 3339 in UTC with
 * milliseconds, hashes lower-case hex.
 */
import { money as anyMoney, currency, date, merchantId, natural } from './schema-parts.ts';

export type AmountsBody = {
  readonly currency: string;
  readonly openingMinor: number;
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly closingMinor: number;
  readonly creditCount: number;
  readonly debitCount: number;
};

export type AccountBalanceBody = { readonly accountId: string } & AmountsBody;

export type DayStatus = 'OPEN' | 'CLOSED';

/** One merchant's balance on one business day; on a day without movements of its own, as spec.md 3.4 fills it. */
export type BalanceBody = {
  readonly merchantId: string;
  readonly businessDate: string;
  readonly status: DayStatus;
  readonly materialized: boolean;
  readonly zone: string;
  readonly cutoffMinutes: number;
  readonly dayStart: string | null;
  readonly revision: number;
  readonly chainHead: string;
  readonly recordedAt: string | null;
  readonly accounts: readonly AccountBalanceBody[];
  readonly totals: readonly AmountsBody[];
  readonly byKind: readonly {
    readonly currency: string;
    readonly kind: string;
    readonly creditsMinor: number;
    readonly debitsMinor: number;
    readonly count: number;
  }[];
  readonly byMethod: readonly {
    readonly currency: string;
    readonly paymentMethod: string;
    readonly creditsMinor: number;
    readonly debitsMinor: number;
    readonly count: number;
  }[];
};

export type BalanceRangeBody = {
  readonly merchantId: string;
  readonly from: string;
  readonly to: string;
  readonly days: readonly BalanceBody[];
};

const money = { ...anyMoney, description: 'Minor units of the currency.' } as const;

const amounts = {
  currency,
  openingMinor: money,
  creditsMinor: money,
  debitsMinor: money,
  closingMinor: money,
  creditCount: natural,
  debitCount: natural,
} as const;

export const amountsSchema = {
  $id: 'CurrencyTotal',
  type: 'object',
  additionalProperties: false,
  required: Object.keys(amounts),
  properties: amounts,
} as const;

export const accountBalanceSchema = {
  $id: 'AccountBalance',
  type: 'object',
  additionalProperties: false,
  required: ['accountId', ...Object.keys(amounts)],
  properties: { accountId: { type: 'string' }, ...amounts },
} as const;

const share = { creditsMinor: money, debitsMinor: money, count: natural } as const;

export const kindTotalSchema = {
  $id: 'KindTotal',
  type: 'object',
  additionalProperties: false,
  required: ['currency', 'kind', 'creditsMinor', 'debitsMinor', 'count'],
  properties: {
    currency,
    kind: {
      type: 'string',
      description: 'What the entries were; clients must expect names they do not know.',
    },
    ...share,
  },
} as const;

export const methodTotalSchema = {
  $id: 'MethodTotal',
  type: 'object',
  additionalProperties: false,
  required: ['currency', 'paymentMethod', 'creditsMinor', 'debitsMinor', 'count'],
  properties: {
    currency,
    paymentMethod: {
      type: 'string',
      description:
        'How it was paid; INTERNAL holds exactly the transfers between own accounts and their reversals.',
    },
    ...share,
  },
} as const;

const balance = {
  merchantId,
  businessDate: date,
  status: {
    type: 'string',
    enum: ['OPEN', 'CLOSED'],
    description: 'CLOSED: the books are closed through this day.',
  },
  materialized: {
    type: 'boolean',
    description:
      "False: nothing was booked on this day; it carries the closing of the latest earlier day that has a document, and that document's revision.",
  },
  zone: { type: 'string', description: 'IANA time zone of the business day.', example: 'America/Sao_Paulo' },
  cutoffMinutes: {
    type: 'integer',
    minimum: 0,
    maximum: 720,
    description: 'The day starts this long after midnight.',
  },
  dayStart: {
    type: ['string', 'null'],
    format: 'date-time',
    description:
      'When the business day starts; it ends where the next one starts. Null on a day without a document.',
  },
  revision: {
    type: 'integer',
    minimum: 0,
    description:
      'Ledger sequence number of the last posting that changed the document; 0: before the first document.',
  },
  chainHead: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'Hash of that ledger record.' },
  recordedAt: {
    type: ['string', 'null'],
    format: 'date-time',
    description: 'When that posting was recorded; null before the first document.',
  },
  accounts: { type: 'array', items: { $ref: 'AccountBalance#' } },
  totals: { type: 'array', items: { $ref: 'CurrencyTotal#' } },
  byKind: { type: 'array', items: { $ref: 'KindTotal#' } },
  byMethod: { type: 'array', items: { $ref: 'MethodTotal#' } },
} as const;

export const balanceSchema = {
  $id: 'Balance',
  type: 'object',
  description: 'The balance of one merchant on one business day.',
  additionalProperties: false,
  required: Object.keys(balance),
  properties: balance,
} as const;

export const balanceRangeSchema = {
  $id: 'BalanceRange',
  type: 'object',
  description: 'Every day from `from` to `to`, both included, in order.',
  additionalProperties: false,
  required: ['merchantId', 'from', 'to', 'days'],
  properties: { merchantId, from: date, to: date, days: { type: 'array', items: { $ref: 'Balance#' } } },
} as const;
