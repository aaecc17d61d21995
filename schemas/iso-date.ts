/**
 * Business dates as text: `2026-03-01`, the form of record keys, of Redis keys and of the HTTP API. In code a date is the
 * number of days since 1970-01-01 (Avro `date`); this is the one way between the two. No time zone is involved.
 */
const DAY_MS = 86_400_000;
const FORM = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Texts already made: a network writes the same few hundred dates all the time, and Date takes a microsecond for each. */
const texts = new Map<number, string>();
const TEXTS_MAX = 4_096;

/** The text form of a date, for years 1 to 9999. */
export function formatDate(epochDay: number): string {
  const known = texts.get(epochDay);
  if (known !== undefined) return known;
  const text = new Date(epochDay * DAY_MS).toISOString().slice(0, 10);
  if (texts.size >= TEXTS_MAX) texts.clear();
  texts.set(epochDay, text);
  return text;
}

/** Days since 1970-01-01 of a date in the form YYYY-MM-DD; null for any other text and for days that no calendar has (30 February). */
export function parseDate(text: string): number | null {
  const parts = FORM.exec(text);
  if (parts === null || parts[1] === '0000') return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // A day that does not exist rolls over into the next month; setUTCFullYear takes years below 100 as they are.
  const date = new Date(0);
  const epochMs = date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? epochMs / DAY_MS : null;
}
