/**
 * Amounts of minor units for people: the currency's own number of digits, grouped, exact to the cent. No float is involved; the
 * decimal point is put into the digits as text, and Intl formats text exactly.
 */
const formats = new Map<string, Intl.NumberFormat>();

/** `-12,345.60` for −1234560 in BRL, `1,500` for 1500 in JPY. */
export function formatMinor(amountMinor: number, currency: string): string {
  const format = formatOf(currency);
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(decimalText(amountMinor, digits));
}

function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  const digits = maximumFractionDigits ?? 0;
  const format = new Intl.NumberFormat('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  formats.set(currency, format);
  return format;
}

function decimalText(amountMinor: number, digits: number): Intl.StringNumericLiteral {
  const sign = amountMinor < 0 ? '-' : '';
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
  const point = text.length - digits;
  const decimal = digits === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`;
  return `${sign}${decimal}` as Intl.StringNumericLiteral;
}
