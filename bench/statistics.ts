/** The few statistics of the benchmarks: of repeated runs the least, the middle and the greatest; of many samples a percentile. */

export type Spread = { readonly min: number; readonly median: number; readonly max: number };

/** Of at least one value; the median of an even number is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { min: at(0), median: round(median), max: at(sorted.length - 1) };
}

/** The value below which this share of the sorted samples lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Three digits that count, for people: 59457 → 59500, 17.254 → 17.3. */
export function round(value: number): number {
  return Number(value.toPrecision(value >= 1_000 ? 4 : 3));
}
