/**
 * The bodies of the query API's answers about what stands in the ledger, as types; as JSON Schema they stand in `ledger-schemas.ts`.
 * Field names are those of the ledger's records (spec.md 2.2); money in whole minor units, dates YYYY-MM-DD, instants RFC 3339 in UTC
 * with milliseconds, hashes lower-case hex.
 */
import type { AccountBalanceBody } from './balance.ts';

/** One leg of an EntryPosted. */
export type EntryBody = {
  readonly merchantId: string;
  readonly ledgerSeq: number;
  readonly entryId: string;
  readonly leg: 'SINGLE' | 'FROM' | 'TO';
  readonly accountId: string;
  readonly direction: 'CREDIT' | 'DEBIT';
  readonly kind: string;
  readonly paymentMethod: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly occurredAt: string;
  readonly submittedAt: string;
  readonly recordedAt: string;
  readonly businessDate: string;
  /** Set when it was booked on another day than its own. */
  readonly originalBusinessDate: string | null;
  readonly reversesEntryId: string | null;
  /** The reversal that took it back, if one did. */
  readonly reversedByEntryId: string | null;
  readonly purpose: string | null;
  readonly reason: string | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly source: {
    readonly system: string;
    readonly deviceId: string | null;
    readonly sequence: number | null;
  };
};

/** GET /v1/merchants/{merchantId}/entries: newest first. */
export type EntryPageBody = {
  readonly merchantId: string;
  readonly entries: readonly EntryBody[];
  /**
   * For the next page; null at the end. Bound to the caller, the merchant and the filter. A page that is not the last may be shorter than
   * its limit, even empty, when few of the entries looked at fit the filter.
   */
  readonly nextCursor: string | null;
};

/** Where a record stands in its merchant's hash chain (spec.md 2.2). */
export type ProofBody = {
  readonly ledgerSeq: number;
  readonly partition: number;
  readonly sourceOffset: number;
  readonly prevHash: string;
  readonly hash: string;
};

/** GET /v1/merchants/{merchantId}/entries/{entryId}: its legs, what reversed it, and where they stand in the chain. */
export type EntryDetailBody = {
  readonly merchantId: string;
  readonly entryId: string;
  readonly legs: readonly (EntryBody & { readonly proof: ProofBody })[];
  readonly reversedBy: readonly (EntryBody & { readonly proof: ProofBody })[];
};

/** An account as a closing found it. Variance = counted − closing: above zero there was too much (sobra), below too little (falta). */
export type ClosedAccountBody = {
  readonly accountId: string;
  readonly currency: string;
  readonly openingMinor: number;
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly closingMinor: number;
  readonly countedMinor: number | null;
  readonly varianceMinor: number | null;
};

export type DayEventBody = {
  readonly type: 'DayClosed' | 'DayReopened';
  readonly requestId: string;
  readonly ledgerSeq: number;
  readonly recordedAt: string;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly accounts: readonly ClosedAccountBody[];
};

/** GET /v1/merchants/{merchantId}/days/{date}: whether it is open, how often it was closed and reopened, oldest first. */
export type DayBody = {
  readonly merchantId: string;
  readonly businessDate: string;
  readonly status: 'OPEN' | 'CLOSED';
  readonly entryCount: number;
  readonly events: readonly DayEventBody[];
};

export type SummaryGroup = 'day' | 'week' | 'month' | 'account' | 'kind' | 'paymentMethod';

/** One group and currency. Opening and closing where the group has them: not by kind or payment method. */
export type SummaryRowBody = {
  /** A date (of a week its Monday, of a month YYYY-MM), an account's id, a kind or a payment method. */
  readonly key: string;
  readonly currency: string;
  readonly openingMinor: number | null;
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly closingMinor: number | null;
  readonly count: number;
};

/** GET /v1/merchants/{merchantId}/summary?from&to&groupBy: rows in order of key and currency. */
export type SummaryBody = {
  readonly merchantId: string;
  readonly from: string;
  readonly to: string;
  readonly groupBy: SummaryGroup;
  readonly rows: readonly SummaryRowBody[];
};

/** POST /v1/summaries: the same for several merchants at once, in the order asked for. */
export type SummariesBody = {
  readonly summaries: readonly (SummaryBody & {
    /** The greatest revision among the documents that were added up, and when it was recorded; 0 and null: there are none. */
    readonly revision: number;
    readonly recordedAt: string | null;
  })[];
};

/** GET /v1/merchants/{merchantId}/balances/{date}/explanation: what comes to the figures of the day's accounts. */
export type ExplanationBody = {
  readonly merchantId: string;
  readonly businessDate: string;
  /** Of the balance that is explained. */
  readonly revision: number;
  /** The latest earlier day with postings, whose closings are the openings here, and its revision at that moment; null: none. */
  readonly carriedFrom: { readonly businessDate: string; readonly revision: number } | null;
  /** What the ledger's own postings come to. */
  readonly accounts: readonly AccountBalanceBody[];
  /** Whether these are exactly the figures of the balance of that revision. */
  readonly agrees: boolean;
  /** The day's postings up to that revision, newest first. */
  readonly entries: readonly EntryBody[];
  /** As in EntryPageBody. */
  readonly nextCursor: string | null;
};
