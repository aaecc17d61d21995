/** Decimal text to minor units, digit by digit: no number with a fraction exists on the way. */

export type AmountForm = {
  /** One character, and no digit: with an empty one every digit would stand alone. */
  readonly decimalMark: string;
  /** Between groups of three digits, another one than the decimal mark; empty: none. */
  readonly groupMark: string;
};

/** Minor units; undefined when the text is no decimal number, has too many decimals, or is beyond 2^53 − 1. */
export function minorUnitsOf(
  text: string,
  decimals: number,
  { decimalMark, groupMark }: AmountForm,
): number | undefined {
  const [whole = '', fraction = '', ...others] = text.trim().split(decimalMark);
  const digits = ungrouped(whole.replace(/^[+-]/, ''), groupMark);
  if (others.length > 0 || digits === undefined || !/^\d*$/.test(fraction)) return undefined;
  const significant = fraction.replace(/0+$/, '');
  if (significant.length > decimals) return undefined;
  const minor = Number(digits + significant.padEnd(decimals, '0'));
  if (!Number.isSafeInteger(minor)) return undefined;
  return whole.startsWith('-') && minor !== 0 ? -minor : minor;
}

function ungrouped(whole: string, groupMark: string): string | undefined {
  if (/^\d+$/.test(whole)) return whole;
  if (groupMark === '') return undefined;
  const groups = whole.split(groupMark);
  const isGrouped = groups.every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group));
  return isGrouped ? groups.join('') : undefined;
}
