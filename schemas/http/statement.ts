/**
 * The body of a statement (extrato): of each account the opening balance, every entry of its days, and each day's closing balance, as JSON
 * Schema and as types. The other forms of a statement (CSV, OFX, camt.053, PDF) show the same. Money is whole minor units, dates
 * YYYY-MM-DD, instants RFC 3339 in UTC with milliseconds.
 */
import type { DayStatus } from './balance.ts';
import type { EntryBody } from './ledger.ts';
import { entrySchema } from './ledger-schemas.ts';
import { date, instant, listOf, money, natural, status, text, whole } from './schema-parts.ts';

/** An entry as a statement shows it: its account's, and its place in the ledger tells it from every other for ever. */
export type StatementEntryBody = Omit<
  EntryBody,
  'merchantId' | 'submittedAt' | 'reversedByEntryId' | 'source'
>;

/** A day on which the account moved: what its balance document says, and the entries that come to it, in the order of the ledger. */
export type StatementDayBody = {
  readonly businessDate: string;
  /** An open day may still get entries; a closed one cannot, unless it is reopened. */
  readonly status: DayStatus;
  readonly openingMinor: number;
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly closingMinor: number;
  readonly creditCount: number;
  readonly debitCount: number;
};

export type StatementAccountBody = {
  readonly accountId: string;
  readonly name: string;
  readonly currency: string;
  /** Before the first day asked for. */
  readonly openingMinor: number;
  /** After the last day asked for. */
  readonly closingMinor: number;
};

/** GET /v1/merchants/{merchantId}/statements?from&to[&account]: accounts in order of their ids. */
export type StatementBody = {
  readonly merchantId: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The last record of the ledger that is taken into account. */
  readonly asOf: { readonly ledgerSeq: number; readonly recordedAt: string };
  readonly accounts: readonly (StatementAccountBody & {
    readonly days: readonly (StatementDayBody & { readonly entries: readonly StatementEntryBody[] })[];
  })[];
};

const {
  merchantId,
  submittedAt: _submittedAt,
  reversedByEntryId: _reversedBy,
  source: _source,
  ...entry
} = entrySchema.properties;

export const statementEntrySchema = { $id: 'StatementEntry', ...whole(entry) } as const;

const day = whole({
  businessDate: date,
  status,
  openingMinor: money,
  creditsMinor: money,
  debitsMinor: money,
  closingMinor: money,
  creditCount: natural,
  debitCount: natural,
  entries: { ...listOf({ $ref: 'StatementEntry#' }), description: 'In the order of the ledger.' },
});

const account = whole({
  accountId: text,
  name: text,
  currency: text,
  openingMinor: { ...money, description: 'Before the first day asked for.' },
  closingMinor: { ...money, description: 'After the last day asked for.' },
  days: { ...listOf(day), description: 'The days on which the account moved.' },
});

export const statementSchema = {
  $id: 'Statement',
  description:
    'Of each account the opening balance, every entry, and each day’s closing balance. A text that does not end with a closing brace is not whole.',
  ...whole({
    merchantId,
    name: text,
    from: date,
    to: date,
    asOf: {
      ...whole({ ledgerSeq: natural, recordedAt: instant }),
      description: 'The last record of the ledger that is taken into account.',
    },
    accounts: listOf(account),
  }),
} as const;
