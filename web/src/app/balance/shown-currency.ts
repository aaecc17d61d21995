/** Where there are several currencies one is shown: the one that was chosen, for as long as it is among them, else the first. */
export function shownCurrency(chosen: string | null, all: readonly string[]): string | null {
  return chosen !== null && all.includes(chosen) ? chosen : (all[0] ?? null);
}
