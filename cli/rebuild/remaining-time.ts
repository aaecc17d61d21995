/** How long work will still take, by how fast it has gone so far. */

export type Pace = { readonly done: number; readonly total: number; readonly elapsedMs: number };

/** `about 12 s left`; nothing before there is anything to go by. */
export function remainingText({ done, total, elapsedMs }: Pace): string {
  if (done <= 0 || elapsedMs <= 0) return '';
  const seconds = Math.ceil(((total - done) * elapsedMs) / done / 1_000);
  if (seconds <= 0) return 'nearly done';
  return seconds < 120 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}
