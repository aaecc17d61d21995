/**
 * Business dates and instants as text: `2026-03-01`, the form of record keys, of Redis keys and of the HTTP API, where an instant is
 * `2026-03-01T12:00:00.000Z`. In code a date is the number of days since 1970-01-01 (Avro `date`) and an instant the milliseconds since then; this leads
 * from one to the other where what is read or written is a network's (the domain has its own for what people type). No time zone is involved.
 */
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FORM = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Made before, either way: a network writes and asks for the same few hundred dates all the time, and Date takes a microsecond for each. */
const texts = new Map<number, string>();
const dates = new Map<string, number>();
const REMEMBERED_MAX = 4_096;

/** The text form of a date, for years 1 to 9999. */
export function formatDate(epochDay: number): string {
  const known = texts.get(epochDay);
  if (known !== undefined) return known;
  return remember(texts, epochDay, new Date(epochDay * DAY_MS).toISOString().slice(0, 10));
}

/** Days since 1970-01-01 of a date in the form YYYY-MM-DD; null for any other text and for days that no calendar has (30 February). */
export function parseDate(text: string): number | null {
  const known = dates.get(text);
  if (known !== undefined) return known;
  const epochDay = readDate(text);
  return epochDay === null ? null : remember(dates, text, epochDay);
}

function remember<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): Value {
  if (known.size >= REMEMBERED_MAX) known.clear();
  known.set(key, value);
  return value;
}

function readDate(text: string): number | null {
  const parts = FORM.exec(text);
  if (parts === null || parts[1] === '0000') return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // A day that does not exist rolls over into the next month; setUTCFullYear takes years below 100 as they are.
  const date = new Date(0);
  const epochMs = date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? epochMs / DAY_MS : null;
}

/**
 * Epoch milliseconds of an instant as RFC 3339 has it, the form of which is the caller's to check; null for one that does not exist: JavaScript
 * takes 30 February for 2 March, so the date is looked at by itself.
 */
export function parseInstant(text: string): number | null {
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) || parseDate(text.slice(0, 10)) === null ? null : epochMs;
}

/** The years that are written with four digits: 1 to 9999. */
const FOUR_DIGITS = { fromMs: -62_135_596_800_000, beforeMs: 253_402_300_800_000 };

/**
 * An instant in epoch milliseconds as Date writes it, for years 1 to 9999 RFC 3339, UTC, with milliseconds, in an eighth of the time: a month of days has
 * sixty of them. Throws a RangeError beyond ±8.64e15, which Date does not know.
 */
export function toInstant(epochMs: number): string {
  if (!(epochMs >= FOUR_DIGITS.fromMs && epochMs < FOUR_DIGITS.beforeMs))
    return new Date(epochMs).toISOString();
  const day = Math.floor(epochMs / DAY_MS);
  const ms = epochMs - day * DAY_MS;
  const hours = digits(Math.floor(ms / HOUR_MS), 2);
  const minutes = digits(Math.floor((ms % HOUR_MS) / MINUTE_MS), 2);
  const seconds = digits(Math.floor((ms % MINUTE_MS) / SECOND_MS), 2);
  return `${formatDate(day)}T${hours}:${minutes}:${seconds}.${digits(ms % SECOND_MS, 3)}Z`;
}

function digits(count: number, length: number): string {
  return String(count).padStart(length, '0');
}
