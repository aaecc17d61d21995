/** Types of counts.js, which is plain JavaScript so that it runs on Node 20. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

export function countsOf(
  isTestRun: boolean,
  outcome: { readonly isOk: boolean; readonly reported: Counts | undefined },
): Counts;

export function closingLine(counts: Counts): string;
