/** Amounts as decimal numbers, digit by digit: no step in between is a fraction, so every one is exact to the last digit. */
import { decimalsOf } from './currency-decimals.ts';

/** −123456 minor units of BRL are `-1234.56`: a point, no grouping, as many decimals as the currency has. */
export function decimalText(minor: number, currency: string): `${number}` {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${minor < 0 ? '-' : ''}${whole}${fraction}` as `${number}`;
}
