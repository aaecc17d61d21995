/** Types of counts.js, which is plain JavaScript so that it runs on Node 20. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

export function countsOf(
  isTestRun: boolean,
  outcome: { readonly isOk: boolean; readonly reported: Counts | undefined },
): Counts;

/** What to try once more; null if nothing failed, or more than a coincidence explains. */
export function secondTryOf(
  counts: Counts & { readonly failedFiles?: readonly string[] },
): readonly string[] | null;

/** What stands when the files that failed were run once more. */
export function afterSecondTry(first: Counts, second: Counts): Counts;

export function closingLine(counts: Counts): string;
