/**
 * Amounts of minor units for people: as many decimals as the currency has, grouped, exact to the cent. No float is involved; the
 * decimal point is put into the digits as text, and Intl formats text exactly.
 */
import { decimalsOf } from '@fluxo/domain';

const formats = new Map<number, Intl.NumberFormat>();

/** `-12,345.60` for −1234560 in BRL, `1,500` for 1500 in JPY. */
export function formatMinor(amountMinor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  return formatOf(decimals).format(decimalText(amountMinor, decimals));
}

function formatOf(decimals: number): Intl.NumberFormat {
  const known = formats.get(decimals);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  formats.set(decimals, format);
  return format;
}

function decimalText(amountMinor: number, decimals: number): Intl.StringNumericLiteral {
  const sign = amountMinor < 0 ? '-' : '';
  const text = String(Math.abs(amountMinor)).padStart(decimals + 1, '0');
  const point = text.length - decimals;
  const decimal = decimals === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`;
  return `${sign}${decimal}` as Intl.StringNumericLiteral;
}
