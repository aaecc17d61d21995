/**
 * Dates of the proleptic Gregorian calendar as numbers, days since 1970-01-01 (Avro `date`), and their text form
 * YYYY-MM-DD. Plain arithmetic on days: no time of day, no zone; those are `business-day.ts`.
 */

declare const businessDate: unique symbol;

/** Days since 1970-01-01. Branded, because a day number that is taken for an instant is a wrong balance. */
export type BusinessDate = number & { readonly [businessDate]: true };

/** An instant, milliseconds since 1970-01-01T00:00Z. */
export type EpochMs = number;

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;

const FORM = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
/** Days from 0000-03-01, where a 400-year cycle starts so that leap days end years, to 1970-01-01. */
const EPOCH_FROM_MARCH_0000 = 719_468;
const CYCLE_DAYS = 146_097;

/** The date this many days later (earlier, if negative). */
export function addDays(date: BusinessDate, days: number): BusinessDate {
  return (date + days) as BusinessDate;
}

/** Takes a day number from a record that says it is a date. */
export function asBusinessDate(epochDay: number): BusinessDate {
  return epochDay as BusinessDate;
}

/** The text form, YYYY-MM-DD, of a date in the years 0 to 9999. */
export function formatDate(date: number): string {
  // Days to civil date, after Howard Hinnant, "chrono-compatible low-level date algorithms".
  const days = date + EPOCH_FROM_MARCH_0000;
  const cycle = Math.floor(days / CYCLE_DAYS);
  const dayOfCycle = days - cycle * CYCLE_DAYS;
  const leaps =
    Math.trunc(dayOfCycle / 1_460) - Math.trunc(dayOfCycle / 36_524) + Math.trunc(dayOfCycle / 146_096);
  const yearOfCycle = Math.trunc((dayOfCycle - leaps) / 365);
  const dayOfYear =
    dayOfCycle - (365 * yearOfCycle + Math.trunc(yearOfCycle / 4) - Math.trunc(yearOfCycle / 100));
  const monthFromMarch = Math.trunc((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.trunc((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** The date in the text, which must be exactly YYYY-MM-DD and a day that exists; undefined otherwise (30 February). */
export function parseDate(text: string): BusinessDate | undefined {
  const parts = FORM.exec(text);
  if (parts === null) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const daysBefore = DAYS_BEFORE_MONTH[month - 1];
  if (daysBefore === undefined || day < 1 || day > daysInMonth(year, month)) return undefined;
  const leapDay = month > 2 && isLeapYear(year) ? 1 : 0;
  return (daysBeforeYear(year) + daysBefore + leapDay + day - 1) as BusinessDate;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 to 1 January of this year. */
function daysBeforeYear(year: number): number {
  const last = year - 1;
  return 365 * (year - 1970) + Math.floor(last / 4) - Math.floor(last / 100) + Math.floor(last / 400) - 477;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
