/**
 * Where the query API looks up what stands in the ledger. What a ledger view promises: an answer is of one moment, named by its head; it has
 * every record up to that head; and where it cannot tell, because the tables are being built or cannot be read in time, it fails with
 * `LedgerUnavailableError` instead of leaving something out. `naive-ledger.ts` says in the plainest way what an answer must be.
 */
import type { BalanceBody, DayEventBody, EntryBody, ProofBody } from '@fluxo/schemas';

/** The last record of the merchant that the answer takes into account; 0 and null where there is none. */
export type LedgerHead = { readonly ledgerSeq: number; readonly recordedAt: string | null };

export type LedgerAnswer<Value> = { readonly head: LedgerHead; readonly value: Value };

/** Dates as YYYY-MM-DD, both included. */
export type DateSpan = { readonly from: string; readonly to: string };

/** What an entry must be to be listed; null asks nothing. */
export type EntryFilter = {
  readonly businessDates: DateSpan | null;
  readonly accountId: string | null;
  readonly kind: string | null;
  readonly paymentMethod: string | null;
  readonly direction: string | null;
  readonly externalId: string | null;
  readonly amountMin: number | null;
  readonly amountMax: number | null;
  /** Stands in the description, the reason or the external id, whatever the case; taken literally. */
  readonly text: string | null;
};

/** Asks nothing. */
export const everyEntry: EntryFilter = {
  businessDates: null,
  accountId: null,
  kind: null,
  paymentMethod: null,
  direction: null,
  externalId: null,
  amountMin: null,
  amountMax: null,
  text: null,
};

/** Of the entries with a ledgerSeq below `before` (null: of all), the newest, at most `limit`. */
export type EntriesQuestion = {
  readonly filter: EntryFilter;
  readonly before: number | null;
  readonly limit: number;
};

/** `next` is the `before` of the rest; null when there is none. A list with a rest may be shorter than the limit, even empty. */
export type EntriesFound = { readonly entries: readonly EntryBody[]; readonly next: number | null };

export type ProvenEntry = EntryBody & { readonly proof: ProofBody };

/** In the order of the ledger. No legs: there is no such entry. */
export type EntryFound = {
  readonly legs: readonly ProvenEntry[];
  readonly reversedBy: readonly ProvenEntry[];
};

export type DayFound = { readonly entryCount: number; readonly events: readonly DayEventBody[] };

/**
 * A moment of a merchant's ledger: up to this record; or up to the one with the latest recordedAt of those not after this instant (epoch
 * milliseconds), which is the last of them unless a broker's clock went back.
 */
export type KnownAt = { readonly ledgerSeq: number } | { readonly instantMs: number };

/**
 * What the postings up to a moment came to on a day: the fields of its document that follow from them; on a day without postings, what it
 * carries over (spec.md 3.4).
 */
export type KnownBalance = Pick<
  BalanceBody,
  'materialized' | 'revision' | 'chainHead' | 'recordedAt' | 'accounts' | 'totals' | 'byKind' | 'byMethod'
> & {
  /** The latest earlier day with postings, and its revision then; null: there was none. */
  readonly carriedFrom: { readonly businessDate: string; readonly revision: number } | null;
  /** Through which day the books were closed then; null: none was. */
  readonly closedThrough: string | null;
};

export interface LedgerView {
  entries(merchantId: string, question: EntriesQuestion): Promise<LedgerAnswer<EntriesFound>>;
  entry(merchantId: string, entryId: string): Promise<LedgerAnswer<EntryFound>>;
  day(merchantId: string, businessDate: string): Promise<LedgerAnswer<DayFound>>;
  /** A moment beyond the head is the head's. */
  balance(merchantId: string, businessDate: string, knownAt: KnownAt): Promise<LedgerAnswer<KnownBalance>>;
}

/** The ledger cannot be read in time, or not whole. */
export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError';
  readonly code = 'ledger-unavailable';
}

/** Where nobody has said which Postgres to read. */
export const noLedger: LedgerView = {
  entries: isNowhere,
  entry: isNowhere,
  day: isNowhere,
  balance: isNowhere,
};

async function isNowhere(): Promise<never> {
  throw new LedgerUnavailableError('this process was started without FLUXO_POSTGRES');
}
