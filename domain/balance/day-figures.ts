/**
 * What a balance document says (spec.md 2.3) apart from who it is about and which ledger record made it so. Immutable: a
 * posting makes new figures that share every row it did not touch with the old ones.
 */
import type { BusinessDate, EpochMs } from '../calendar/calendar-date.ts';
import type { MinorUnits } from '../money/money.ts';

/** I1: closing = opening + credits − debits. */
export type Amounts = {
  readonly openingMinor: MinorUnits;
  readonly creditsMinor: MinorUnits;
  readonly debitsMinor: MinorUnits;
  readonly closingMinor: MinorUnits;
  readonly creditCount: number;
  readonly debitCount: number;
};

export type AccountBalance = Amounts & { readonly accountId: string; readonly currency: string };

export type CurrencyTotal = Amounts & { readonly currency: string };

export type PostedKind =
  | 'SALE'
  | 'REFUND'
  | 'CASH_IN'
  | 'CASH_OUT'
  | 'FEE'
  | 'ADJUSTMENT'
  | 'OPENING'
  | 'OTHER'
  | 'TRANSFER'
  | 'REVERSAL';

export type PostedPaymentMethod =
  | 'CASH'
  | 'DEBIT_CARD'
  | 'CREDIT_CARD'
  | 'PIX'
  | 'BOLETO'
  | 'VOUCHER'
  | 'CHECK'
  | 'BANK_TRANSFER'
  | 'OTHER'
  | 'INTERNAL';

type Movements = {
  readonly currency: string;
  readonly creditsMinor: MinorUnits;
  readonly debitsMinor: MinorUnits;
  readonly count: number;
};

export type KindTotal = Movements & { readonly kind: PostedKind };

export type MethodTotal = Movements & { readonly paymentMethod: PostedPaymentMethod };

/** The figures of one merchant and business day. */
export type DayFigures = {
  readonly businessDate: BusinessDate;
  readonly zone: string;
  readonly cutoffMinutes: number;
  /** When the day starts; it ends where the next one starts. */
  readonly dayStart: EpochMs;
  /** Accounts with a posting on this day or earlier, sorted by accountId. */
  readonly accounts: readonly AccountBalance[];
  /** Sorted by currency. */
  readonly totals: readonly CurrencyTotal[];
  /** Sorted by currency and kind; without the kinds that did not occur. */
  readonly byKind: readonly KindTotal[];
  /** Sorted by currency and method; without the methods that did not occur. */
  readonly byMethod: readonly MethodTotal[];
};

/** A document the merchant has; its owner may keep more beside the figures, and bring them from afar when they are asked for. */
export type Day = { readonly businessDate: BusinessDate; readonly figures: DayFigures };

/** How many of these documents are of a date before this one; equally, the index at which its document stands or would. */
export function countBefore(days: readonly Day[], date: BusinessDate): number {
  let count = days.length;
  // From the end: nearly every question is about the last day.
  while (count > 0 && (days[count - 1] as Day).businessDate >= date) count -= 1;
  return count;
}

/** The balance an account starts the day after these figures with; undefined if it had no posting yet. */
export function rowOf(figures: DayFigures | undefined, accountId: string): AccountBalance | undefined {
  return figures?.accounts.find((row) => row.accountId === accountId);
}
