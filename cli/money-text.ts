/**
 * Amounts of minor units for people: as many decimals as the currency has, grouped, exact to the cent. No float is involved; the
 * decimal point is put into the digits as text, and Intl formats text exactly.
 */
import { decimalsOf, decimalText } from '@fluxo/domain';

const formats = new Map<number, Intl.NumberFormat>();

/** `-12,345.60` for −1234560 in BRL, `1,500` for 1500 in JPY. */
export function formatMinor(amountMinor: number, currency: string): string {
  return formatOf(decimalsOf(currency)).format(decimalText(amountMinor, currency));
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
