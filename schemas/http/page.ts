/**
 * What the back end of the page answers, as types for both ends of it: the BFF that shapes the answers and the page that reads them.
 * Forms as in `balance.ts`: money in whole minor units, dates YYYY-MM-DD, instants RFC 3339 in UTC. Nothing here is computed by either.
 */
import type { BalanceBody } from './balance.ts';
import type { EntryPageBody } from './ledger.ts';
import type { MerchantBody } from './merchant.ts';

/** GET /api/session: who is signed in. 401 when nobody is. No token is in it, nor anywhere else in the browser. */
export type SessionBody = {
  readonly person: { readonly id: string; readonly name: string };
  /** Reads every merchant, by typing its id; `merchants` is empty then. */
  readonly isOperator: boolean;
  /** Whether there is a part of the page for this person that shows how the system runs. */
  readonly hasOperations: boolean;
  /** Those the person may see. The name is null while the query API cannot be asked. */
  readonly merchants: readonly { readonly merchantId: string; readonly name: string | null }[];
  /** Of `identity/`: what the page offers; what is allowed is decided by the APIs. */
  readonly scopes: readonly string[];
  /** To be sent as `X-CSRF-Token` with everything that is not a GET. */
  readonly csrfToken: string;
};

/** POST /auth/logout: nobody is signed in here any more. */
export type SignedOutBody = {
  /** Where the browser goes next: the sign-in provider, which ends its own session and sends the browser back to the page. */
  readonly continueAt: string;
};

/** Part of a page whose service may be away while the rest is there. */
export type Section<Value> =
  | { readonly state: 'ok'; readonly value: Value }
  | {
      readonly state: 'unavailable';
      /** The problem's code; the page has words for it. */
      readonly code: string;
      readonly retryAfterSeconds: number | null;
    };

/** GET /api/entries/{merchantId}, and what a day's page begins with: the query API's page of entries, and how far it knows the ledger. */
export type EntryListBody = EntryPageBody & {
  /** The ledger was read up to this revision. A balance may be ahead of it, and then has entries in it that no list has yet. */
  readonly head: number;
};

/** How current a figure is, from the query API's headers. */
export type Freshness = {
  readonly tier: string;
  readonly revision: number;
  /** When the BFF had the answer. */
  readonly shownAt: string;
};

/** GET /api/day/{merchantId}/{date}; `today` in place of the date is the merchant's business day of this moment. */
export type DayPageBody = {
  readonly merchant: MerchantBody;
  /** The business day of this moment, by the merchant's zone and cut-off, and the instant at which the next one begins. */
  readonly today: string;
  readonly nextDayStart: string;
  readonly balance: BalanceBody;
  readonly freshness: Freshness;
  /** The latest entries of the day, newest first. */
  readonly entries: Section<EntryListBody>;
};

/** GET /api/month/{merchantId}/{YYYY-MM}: every day of the month up to today, in order; `current` in place of the month is the one of today. */
export type MonthPageBody = {
  readonly merchant: MerchantBody;
  readonly today: string;
  readonly month: string;
  readonly days: readonly BalanceBody[];
  readonly freshness: Freshness;
};

/**
 * GET /api/live/{merchantId}/{date}: server-sent events. The event id is the document's revision, so a browser that comes back with
 * Last-Event-ID gets what is newer, and of several changes only the last. A comment every 15 seconds shows that the line is alive.
 */
export type LiveEvent =
  | {
      readonly event: 'balance';
      readonly data: { readonly balance: BalanceBody; readonly freshness: Freshness };
    }
  /** The query API cannot be asked: what is on the page may be old. A `balance` follows when it can. */
  | { readonly event: 'stale'; readonly data: { readonly since: string; readonly code: string } }
  /** The merchant's business day, when the line begins and whenever it changes: a page that shows another as today asks for it anew. */
  | { readonly event: 'today'; readonly data: { readonly today: string } };
