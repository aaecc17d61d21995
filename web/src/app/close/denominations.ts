/**
 * The notes and coins of a currency, in minor units, greatest first. Where they are not listed here an amount is asked for. They only help with
 * adding up what was counted; nothing else depends on them.
 */
const notesAndCoins: Readonly<Record<string, readonly number[]>> = {
  BRL: [20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25, 10, 5, 1],
  EUR: [50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
};

export function denominationsOf(currency: string): readonly number[] | null {
  return notesAndCoins[currency] ?? null;
}

/** What so many of each come to; null: nothing was counted; undefined: something is no number of pieces. */
export function sumOf(pieces: ReadonlyMap<number, string>): number | null | undefined {
  let sum: number | null = null;
  for (const [valueMinor, typed] of pieces) {
    if (typed.trim() === '') continue;
    if (!/^\d{1,7}$/.test(typed.trim())) return undefined;
    sum = (sum ?? 0) + valueMinor * Number(typed.trim());
  }
  return sum;
}
