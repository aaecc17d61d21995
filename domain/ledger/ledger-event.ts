/**
 * The records of the ledger (spec.md 2.2), field for field. `submit` makes them complete but for the chain: `prevHash` and
 * `hash` are zero until the encoded bytes are sealed (`hash-chain.ts`), because a hash is over bytes, not over fields.
 */
import type { PostedKind, PostedPaymentMethod } from '../balance/day-figures.ts';
import type { BusinessDate, EpochMs } from '../calendar/calendar-date.ts';
import type { Direction, MinorUnits } from '../money/money.ts';
import type { Configuration, Source, TransferPurpose } from './submission.ts';

type Common = {
  readonly merchantId: string;
  /** 1, 2, 3 … per merchant, without a gap (I5). */
  readonly ledgerSeq: number;
  /** LogAppendTime of the submission. */
  readonly recordedAt: EpochMs;
  /** Offset of the submission in the same partition number. */
  readonly sourceOffset: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
};

/** An entry is one leg, SINGLE; a transfer is two, FROM and then TO; a reversal has the legs of what it takes back. */
export type Leg = 'SINGLE' | 'FROM' | 'TO';

/** One leg of an accepted entry, transfer or reversal. */
export type EntryPosted = Common & {
  readonly entryId: string;
  readonly leg: Leg;
  readonly accountId: string;
  readonly direction: Direction;
  readonly kind: PostedKind;
  readonly paymentMethod: PostedPaymentMethod;
  readonly amountMinor: MinorUnits;
  readonly currency: string;
  readonly occurredAt: EpochMs;
  readonly submittedAt: EpochMs;
  readonly businessDate: BusinessDate;
  /** The entry's own day, where it was booked on another. */
  readonly originalBusinessDate: BusinessDate | null;
  readonly reversesEntryId: string | null;
  readonly purpose: TransferPurpose | null;
  readonly reason: string | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly source: Source;
};

export type ClosedAccount = {
  readonly accountId: string;
  readonly currency: string;
  readonly openingMinor: MinorUnits;
  readonly creditsMinor: MinorUnits;
  readonly debitsMinor: MinorUnits;
  readonly closingMinor: MinorUnits;
  readonly countedMinor: MinorUnits | null;
  /** Counted less closing: stated, not booked. */
  readonly varianceMinor: MinorUnits | null;
};

/** A business day and all before it are closed. */
export type DayClosed = Common & {
  readonly requestId: string;
  readonly businessDate: BusinessDate;
  readonly requestedBy: string;
  /** Every configured account, sorted by accountId. */
  readonly accounts: readonly ClosedAccount[];
};

/** A business day and all after it are open again. */
export type DayReopened = Common & {
  readonly requestId: string;
  readonly businessDate: BusinessDate;
  readonly requestedBy: string;
  readonly reason: string;
};

/** A configuration that was accepted, as it was given. */
export type MerchantConfigApplied = Common & Configuration;

export type LedgerEvent =
  | { readonly type: 'EntryPosted'; readonly value: EntryPosted }
  | { readonly type: 'DayClosed'; readonly value: DayClosed }
  | { readonly type: 'DayReopened'; readonly value: DayReopened }
  | { readonly type: 'MerchantConfigApplied'; readonly value: MerchantConfigApplied };
