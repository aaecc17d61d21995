/**
 * Business days (spec.md 3.1). A merchant's day d starts at
 *
 *   start(d) = the earliest instant at which a clock on the merchant's wall reads d + cutoffMinutes or more,
 *
 * by the zone and cut-off in force on d, and an instant t counts on the greatest d with start(d) ≤ t. Every instant has
 * exactly one business date, and later instants never an earlier one (I11): on days of 23, 23.5, 24.5 or 25 hours, where a
 * midnight is skipped or happens twice, and across a change of zone.
 *
 * A calendar is a list of versions. The last one in the list that is effective on d is in force on d; the first counts as
 * in force from ever. `configuration.ts` sees to it that a version is only added where start stays monotone.
 */
import { DomainError } from '../domain-error.ts';
import { addDays, asBusinessDate, type BusinessDate, DAY_MS, type EpochMs } from './calendar-date.ts';
import { wallClockOf } from './time-zone.ts';

export type CalendarVersion = {
  readonly effectiveFrom: BusinessDate;
  /** A name of the tz database. */
  readonly zone: string;
  /** Minutes after local midnight at which the day starts, 0 to 720. */
  readonly cutoffMinutes: number;
};

export type Calendar = {
  /** Never empty. Behind the first one, effectiveFrom grows. */
  readonly versions: readonly [CalendarVersion, ...CalendarVersion[]];
  /**
   * The days of the last answers. Tills send what happened now, so the next question is nearly always about the same day; where
   * they send what happened before, about that day and today in turn.
   */
  readonly lastDays: DayMemo;
};

/** A business day as the instants it spans; `end` is where the next one starts. */
type Day = { readonly date: BusinessDate; readonly start: EpochMs; readonly end: EpochMs };

const NO_DAY: Day = { date: asBusinessDate(0), start: 0, end: 0 };

/** Remembers two business days. It changes no answer, only how soon it comes. */
class DayMemo {
  #last = NO_DAY;
  #lastButOne = NO_DAY;

  dateAt(instant: EpochMs): BusinessDate | undefined {
    const { date, start, end } = this.#last;
    if (instant >= start && instant < end) return date;
    const former = this.#lastButOne;
    return instant >= former.start && instant < former.end ? former.date : undefined;
  }

  keep(day: Day): void {
    this.#lastButOne = this.#last;
    this.#last = day;
  }
}

/** A calendar of these versions, in the order in which they were added. Throws `empty-calendar` without any. */
export function calendarOf(versions: readonly CalendarVersion[]): Calendar {
  const [first, ...later] = versions;
  if (first === undefined) throw new DomainError('empty-calendar', 'a calendar has at least one version');
  return { versions: [first, ...later], lastDays: new DayMemo() };
}

/** The version that says when day `date` starts. */
export function versionInForce(calendar: Calendar, date: BusinessDate): CalendarVersion {
  const { versions } = calendar;
  for (let i = versions.length - 1; i > 0; i -= 1) {
    const version = versions[i] as CalendarVersion;
    if (version.effectiveFrom <= date) return version;
  }
  return versions[0];
}

/** start(date). The day ends where the next one starts; a day that a zone skipped ends where it starts. */
export function startOfDay(calendar: Calendar, date: BusinessDate): EpochMs {
  const { zone, cutoffMinutes } = versionInForce(calendar, date);
  return wallClockOf(zone).startOfDay(date, cutoffMinutes);
}

/** The business date of an instant: the greatest date that has started by then. */
export function businessDateOf(calendar: Calendar, instant: EpochMs): BusinessDate {
  return calendar.lastDays.dateAt(instant) ?? findBusinessDate(calendar, instant);
}

function findBusinessDate(calendar: Calendar, instant: EpochMs): BusinessDate {
  // No wall is two whole dates ahead of UTC, so the answer is below this one.
  let date = asBusinessDate(Math.floor(instant / DAY_MS) + 2);
  let end = startOfDay(calendar, date);
  for (;;) {
    date = addDays(date, -1);
    const start = startOfDay(calendar, date);
    if (start <= instant) {
      calendar.lastDays.keep({ date, start, end });
      return date;
    }
    end = start;
  }
}
