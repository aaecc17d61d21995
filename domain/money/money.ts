/**
 * Money as Fluxo computes it: whole minor units in a JavaScript number that is a safe integer, |x| ≤ 2^53 − 1 (spec.md 2.1).
 * One rule makes that exact: add two safe integers and look at the result. If the true sum is out of range, the rounded one
 * is too, so a check after each single addition never lets a lost cent through. No float, no decimal, no rounding anywhere.
 */

/** Minor units of some currency; always a safe integer. */
export type MinorUnits = number;

/** CREDIT is money in, DEBIT money out: the view of a bank statement. Amounts are positive; this is their sign. */
export type Direction = 'CREDIT' | 'DEBIT';

/** The largest amount of one entry or transfer, minor units (spec.md 2.1). */
export const ENTRY_MINOR_MAX = 1_000_000_000_000;

/** A figure left ±(2^53 − 1); the submission that wanted it is refused as `balance-overflow` (spec.md 3.2, row 15). */
export class MoneyOverflowError extends Error {
  readonly code = 'balance-overflow';
}

/** a + b, exactly. Both must be safe integers. Throws `MoneyOverflowError` where the sum is none. */
export function add(a: MinorUnits, b: MinorUnits): MinorUnits {
  const sum = a + b;
  if (!Number.isSafeInteger(sum)) throw new MoneyOverflowError(overflowText(a, '+', b));
  return sum;
}

/** a − b, exactly. Both must be safe integers. Throws `MoneyOverflowError` where the difference is none. */
export function subtract(a: MinorUnits, b: MinorUnits): MinorUnits {
  const difference = a - b;
  if (!Number.isSafeInteger(difference)) throw new MoneyOverflowError(overflowText(a, '−', b));
  return difference;
}

function overflowText(a: MinorUnits, sign: string, b: MinorUnits): string {
  return `${a} ${sign} ${b} is beyond what a balance can hold (±9007199254740991 minor units)`;
}
