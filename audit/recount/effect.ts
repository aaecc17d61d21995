/** What an accepted submission does: the ledger records it leads to, and how the merchant's book changes. */
import type { AvroRecords } from '@fluxo/schemas';
import type { PostedLeg, Stamp } from './merchant-book.ts';

export type LedgerName = 'EntryPosted' | 'DayClosed' | 'DayReopened' | 'MerchantConfigApplied';

type Sealed = 'prevHash' | 'hash';
type Common = 'merchantId' | 'ledgerSeq' | 'recordedAt' | 'sourceOffset';

/** A ledger record as it must be, but for the hashes, which are checked from the bytes. */
export type LedgerEvent = {
  readonly [Name in LedgerName]: { readonly type: Name; readonly value: Omit<AvroRecords[Name], Sealed> };
}[LedgerName];

/** The same without what every ledger record has. */
export type LedgerBody = {
  readonly [Name in LedgerName]: {
    readonly type: Name;
    readonly value: Omit<AvroRecords[Name], Sealed | Common>;
  };
}[LedgerName];

export type Effect = {
  readonly bodies: readonly LedgerBody[];
  /** For a later reversal; empty unless entries were posted. */
  readonly legs: readonly PostedLeg[];
  /** Changes the book; `last` is the last of the ledger records. */
  readonly apply: (last: Stamp) => void;
};

/** A code of spec.md 3.2. */
export type Refused = string;
