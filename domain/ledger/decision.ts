/**
 * What the rules answer to a submission: exactly one of duplicate, rejected or accepted (I10). A decision is data; nothing
 * has happened yet when it is made, and whoever keeps the state carries it out whole or not at all.
 */
import type { DayChange } from '../balance/post.ts';
import { DAY_MS, type EpochMs, MINUTE_MS } from '../calendar/calendar-date.ts';
import type { LedgerEvent } from './ledger-event.ts';
import type { MerchantSettings, MerchantView } from './merchant.ts';
import type { RememberedId } from './remembered-id.ts';

/** Every code of spec.md 3.2, in the order of its table. */
export const REJECTION_CODES = [
  'malformed',
  'key-mismatch',
  'wrong-partition',
  'merchant-unknown',
  'duplicate-mismatch',
  'submitted-in-future',
  'stale-submission',
  'same-account',
  'account-unknown',
  'currency-mismatch',
  'amount-out-of-range',
  'direction-mismatch',
  'occurred-in-future',
  'original-unknown',
  'cannot-reverse-reversal',
  'already-reversed',
  'day-closed',
  'backdated-beyond-limit',
  'config-invalid',
  'day-not-closable',
  'day-not-closed',
  'balance-overflow',
] as const;

export type RejectionCode = (typeof REJECTION_CODES)[number];

export type Rejected = {
  readonly kind: 'rejected';
  readonly code: RejectionCode;
  /** For people; may change. */
  readonly detail: string;
};

/** Said before, under the same id and with the same content: counted, no output at all. */
export type Duplicate = { readonly kind: 'duplicate' };

export type Accepted = {
  readonly kind: 'accepted';
  /** At least one, in ledger order, `ledgerSeq` assigned. */
  readonly events: readonly LedgerEvent[];
  /** The documents that change; null: none. */
  readonly days: DayChange | null;
  /** The settings from now on; null: as before. */
  readonly settings: MerchantSettings | null;
  /** To be remembered in place of whatever the id stood for. */
  readonly remember: { readonly id: string; readonly entry: RememberedId };
  /** The id whose entry or transfer is now reversed. */
  readonly reverses: string | null;
};

export type Decision = Duplicate | Rejected | Accepted;

export const POLICY = {
  /** How far a sender's clock may be ahead of the broker's. */
  toleranceMs: 5 * MINUTE_MS,
  /** How long after it was made a submission may still arrive. */
  dedupHorizonMs: 45 * DAY_MS,
} as const;

/** When and where the submission stands in the log: the only clock there is. */
export type Context = {
  /** Its LogAppendTime. */
  readonly recordedAt: EpochMs;
  readonly sourceOffset: number;
};

/** A submission of a merchant, past check 4. */
export type Request<Value> = {
  readonly merchant: MerchantView;
  readonly value: Value;
  readonly context: Context;
  /** Of its content. */
  readonly fingerprint: number;
};

/** Refuses with this code of the table and a sentence for people. */
export function reject(code: RejectionCode, detail: string): Rejected {
  return { kind: 'rejected', code, detail };
}
