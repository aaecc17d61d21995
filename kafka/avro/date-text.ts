/**
 * Avro dates (days since 1970-01-01) as text and back, for every int: outside the years 0000 to 9999 in the expanded form of
 * ISO 8601 with a sign. A value that makes no sense as a date still has to be dumped so that it can be judged.
 */

const DAY_MS = 86_400_000;
const DAYS_PER_400_YEARS = 146_097;

/** "YYYY-MM-DD"; years before 0000 or after 9999 with a sign and at least six digits. */
export function dateText(day: number): string {
  // The calendar repeats every 400 years; JavaScript's Date knows those from 2000 on without a special case.
  const cycles = Math.floor((day - 10_957) / DAYS_PER_400_YEARS);
  const inCycle = new Date((day - cycles * DAYS_PER_400_YEARS) * DAY_MS).toISOString();
  const monthAndDay = inCycle.slice(4, 10);
  const year = Number(inCycle.slice(0, 4)) + cycles * 400;
  if (year >= 0 && year <= 9999) return `${String(year).padStart(4, '0')}${monthAndDay}`;
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}${monthAndDay}`;
}

/** The day of a date text; undefined when it is none in this form, does not exist, or is beyond an int. */
export function epochDay(text: string): number | undefined {
  const match = /^(\d{4}|[+-]\d{6,})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const cycles = Math.floor((year - 2000) / 400);
  const inCycle = Date.UTC(year - cycles * 400, Number(match[2]) - 1, Number(match[3])) / DAY_MS;
  const day = inCycle + cycles * DAYS_PER_400_YEARS;
  return (day | 0) === day && dateText(day) === text ? day : undefined;
}
