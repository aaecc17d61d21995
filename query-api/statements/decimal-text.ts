/** Amounts as the decimal numbers that other programs read: exact, digit by digit, with a point and no grouping. */

const digitsOf = new Map<string, number>();

/** How many decimals the currency has (ISO 4217, as Intl knows it): 0 for JPY, 2 for BRL, 3 for BHD. */
export function decimalsOf(currency: string): number {
  const known = digitsOf.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  digitsOf.set(currency, maximumFractionDigits);
  return maximumFractionDigits;
}

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
