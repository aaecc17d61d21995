/**
 * Amounts as people write and read them. Money is a whole number of minor units everywhere; here it becomes text and text becomes
 * it, digit by digit: no step in between is a fraction. How many decimals a currency has is the domain's to know, so that the page, a
 * statement and an import agree; the browser knows its sign and how a language writes it.
 */
import { decimalsOf, decimalText } from '@fluxo/domain';

/** What the ledger takes in one entry (spec.md section 2.1). */
export const AMOUNT_MINOR_MAX = 1_000_000_000_000;

export type MoneyStyle = {
  readonly locale: string;
  /** A plus before what is above zero. */
  readonly isSigned?: boolean;
  /** Without the currency's sign, where a heading has it. */
  readonly isPlain?: boolean;
};

const formats = new Map<string, Intl.NumberFormat>();

function formatFor(currency: string, { locale, isSigned = false, isPlain = false }: MoneyStyle) {
  const key = `${locale} ${currency} ${isSigned} ${isPlain}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const decimals = decimalsOf(currency);
  const format = new Intl.NumberFormat(locale, {
    ...(isPlain ? {} : { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: isSigned ? 'exceptZero' : 'auto',
  });
  formats.set(key, format);
  return format;
}

/** The parts of the text, for a figure whose cents are drawn smaller. */
export function moneyParts(minor: number, currency: string, style: MoneyStyle): Intl.NumberFormatPart[] {
  const parts = formatFor(currency, style).formatToParts(decimalText(minor, currency) as unknown as number);
  // A true minus sign is as wide as a plus; a hyphen is not.
  return parts.map((part) => (part.type === 'minusSign' ? { ...part, value: '−' } : part));
}

export function moneyText(minor: number, currency: string, style: MoneyStyle): string {
  return moneyParts(minor, currency, style)
    .map(({ value }) => value)
    .join('');
}

export type ParsedAmount =
  | { readonly kind: 'amount'; readonly minor: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly why: 'form' | 'decimals' | 'range' };

/**
 * What a person typed, in the marks of the language: "1.234,56" in Portuguese and "1,234.56" in English are both 123456 of BRL.
 * A mark that groups must group by three; one that does not is refused, not guessed at: 1.5 is not 15 and not 1,5.
 */
export function parseAmount(typed: string, currency: string, locale: string): ParsedAmount {
  const text = typed.replaceAll(/[\s\u00A0\u202F]/g, '');
  if (text === '') return { kind: 'none' };
  const [group, decimal] = locale.startsWith('pt') ? ['\\.', ','] : [',', '\\.'];
  const match = new RegExp(`^(\\d{1,3}(?:${group}\\d{3})+|\\d+)(?:${decimal}(\\d*))?$`).exec(text);
  if (match === null) return { kind: 'wrong', why: 'form' };
  const whole = (match[1] ?? '').replaceAll(/\D/g, '');
  const fraction = match[2] ?? '';
  const decimals = decimalsOf(currency);
  if (fraction.length > decimals) return { kind: 'wrong', why: 'decimals' };
  const minor = BigInt(whole + fraction.padEnd(decimals, '0'));
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) return { kind: 'wrong', why: 'range' };
  return { kind: 'amount', minor: Number(minor) };
}

/** The same, below zero as well: what an overdrawn account holds. Both signs are taken, the keyboard's and the one that is shown here. */
export function parseSignedAmount(typed: string, currency: string, locale: string): ParsedAmount {
  const text = typed.trim();
  if (!/^[-−]./.test(text)) return parseAmount(text, currency, locale);
  const parsed = parseAmount(text.slice(1), currency, locale);
  // From nothing, because zero has no sign.
  return parsed.kind === 'amount' ? { ...parsed, minor: 0 - parsed.minor } : parsed;
}

/** Short, for the marks of a chart: 1.2 mil, 1.2K. Rounded, so never where a figure must be exact. */
export function compactText(minor: number, currency: string, locale: string): string {
  const format = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  return format.format(decimalText(minor, currency) as unknown as number).replace('-', '−');
}
