/**
 * Wall clocks. What a clock on the wall of a zone reads at an instant, and the one question business days ask of it: when
 * does it first read at least so much? The rules are those of the tz database inside the running Node release (spec.md 3.7),
 * asked through Intl and remembered, because asking is slow and the answer never changes within a release.
 */
import { DomainError } from '../domain-error.ts';
import { type BusinessDate, DAY_MS, type EpochMs, MINUTE_MS } from './calendar-date.ts';
import { ZONE_NAMES } from './zone-names.ts';

/** No zone has been further from UTC than 14 hours since 1995; an hour to spare. */
const OFFSET_MAX_MS = 15 * 3_600_000;
/** No zone changes its offset twice within this time. */
const SAMPLE_MS = 3 * 3_600_000;
/** Starts of days remembered per zone; about eleven years of one cut-off. */
const STARTS_MAX = 4_096;
/** No minute of a day is as great, so a day and a minute of it are one key and no other pair has it. */
const MINUTES_PER_DAY = 1_440;

const OFFSET_FORM = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

const names: ReadonlySet<string> = new Set(ZONE_NAMES);
const clocks = new Map<string, WallClock>();

/** Whether this is a name of the tz database with a `/`, in its exact case, or `UTC` (spec.md 3.2, row 12). */
export function isZoneName(name: string): boolean {
  return names.has(name);
}

/** The wall clock of a zone. Throws `unknown-zone` for a name that `isZoneName` does not know. */
export function wallClockOf(zone: string): WallClock {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    if (!isZoneName(zone)) throw new DomainError('unknown-zone', `there is no time zone named ${zone}`);
    clock = new WallClock(zone);
    clocks.set(zone, clock);
  }
  return clock;
}

export class WallClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #starts = new Map<number, EpochMs>();

  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  }

  /**
   * The start of a day with this cut-off (minutes after midnight, 0 to 1439): the earliest instant at which the clock reads it
   * or more.
   */
  startOfDay(date: BusinessDate, cutoffMinutes: number): EpochMs {
    const key = date * MINUTES_PER_DAY + cutoffMinutes;
    const known = this.#starts.get(key);
    if (known !== undefined) return known;
    if (this.#starts.size >= STARTS_MAX) this.#starts.clear();
    const start = this.firstReading(date * DAY_MS + cutoffMinutes * MINUTE_MS);
    this.#starts.set(key, start);
    return start;
  }

  /**
   * The earliest instant at which the clock reads at least `wallMs` (a wall-clock time, counted as if it were UTC). A clock
   * that is put back reads some times twice: the first one counts. One that is put forward never reads some: then it is the
   * moment of the change.
   */
  firstReading(wallMs: number): EpochMs {
    let from = wallMs - OFFSET_MAX_MS;
    let offset = this.offsetAt(from);
    for (;;) {
      const sample = from + SAMPLE_MS;
      const nextOffset = this.offsetAt(sample);
      const until = nextOffset === offset ? sample : this.#changeBetween(from, sample);
      const reading = Math.max(from, wallMs - offset);
      if (reading < until) return reading;
      from = until;
      offset = nextOffset;
    }
  }

  /** How far the clock is ahead of UTC at this instant, milliseconds. */
  offsetAt(instant: EpochMs): number {
    const [, sign, hours, minutes, seconds] = OFFSET_FORM.exec(this.#format.format(instant)) ?? [];
    const ms = (Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1_000;
    return sign === '-' ? -ms : ms;
  }

  /** The first instant after `from` with the offset that `to` has; there is one change between them. */
  #changeBetween(from: EpochMs, to: EpochMs): EpochMs {
    const after = this.offsetAt(to);
    let [before, changed] = [from, to];
    while (changed - before > 1) {
      const middle = Math.floor((before + changed) / 2);
      if (this.offsetAt(middle) === after) changed = middle;
      else before = middle;
    }
    return changed;
  }
}
