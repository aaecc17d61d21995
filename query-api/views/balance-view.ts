/**
 * A place the query API can read balances from. What every view promises, and the contract suite (`balance-view.contract.ts`)
 * holds it to: it answers from whole documents as the topics had them, it says so when it cannot tell what is missing from what
 * does not exist, and it never makes up a zero. Two documents of one answer may be of different moments; each names its own.
 */
import type { DailyBalance, Merchant } from '@fluxo/schemas';

/** Where an answer came from. */
export type Tier = 'memory' | 'redis' | 'dynamodb';

/** Business dates in days since 1970-01-01, both included. */
export type DateRange = { readonly from: number; readonly to: number };

/** A day that has a document; the document itself is decoded only when it is read. */
export type StoredDay = {
  readonly businessDate: number;
  readonly revision: number;
  /** The document as the view holds it now: of this revision, or a higher one if it changed meanwhile. */
  readonly read: () => DailyBalance;
};

/** Days of a merchant: those asked for that have a document, in order, and the latest one before them. */
export type MerchantDays = {
  readonly merchant: Merchant;
  readonly days: readonly StoredDay[];
  readonly before: StoredDay | null;
};

/**
 * `known`: the answer, with the greatest revision of the merchant that has come to this view. `unknown`: there is no such
 * merchant. `incomplete`: the view is being built and cannot tell; ask another one.
 */
export type Answer<Value> =
  | { readonly kind: 'known'; readonly head: number; readonly value: Value }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'incomplete' };

export interface BalanceView {
  readonly tier: Tier;
  merchant(merchantId: string): Told<Answer<Merchant>>;
  /** The days in the range and the latest one before it. */
  days(merchantId: string, range: DateRange): Told<Answer<MerchantDays>>;
  /** The one day with the greatest date of all that have a document, or none. */
  latest(merchantId: string): Told<Answer<MerchantDays>>;
}

/** At once where it is in memory: a promise and its turn are a noticeable part of such a request. */
export type Told<Value> = Value | Promise<Value>;

/** A view cannot be reached or did not answer in time. */
export class ViewUnavailableError extends Error {
  override readonly name = 'ViewUnavailableError';
  readonly code = 'view-unavailable';
}
