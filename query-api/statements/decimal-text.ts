/** Amounts as the decimal numbers that other programs read: exact, digit by digit, with a point and no grouping. */
import { decimalsOf } from '@fluxo/domain';

/** −123456 minor units of BRL are `-1234.56`. */
export function decimalText(minor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${minor < 0 ? '-' : ''}${whole}${fraction}`;
}

/** What the entry does to the balance. */
export function signedMinor(entry: {
  readonly direction: 'CREDIT' | 'DEBIT';
  readonly amountMinor: number;
}): number {
  return entry.direction === 'CREDIT' ? entry.amountMinor : -entry.amountMinor;
}
