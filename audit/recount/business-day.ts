/**
 * Business days for the judge, word by word as spec.md 3.1 defines them and without anything the processor uses: start(d) is the
 * earliest instant whose wall-clock time in the zone is at least d + cut-off, searched for by reading the clock on the wall through
 * Intl; the business date of an instant is the greatest d that has started by then. Slow on purpose where slow is plain; each
 * start is searched once and remembered.
 */
export type CalendarVersion = {
  /** Days since 1970-01-01. */
  readonly effectiveFrom: number;
  readonly zone: string;
  readonly cutoffMinutes: number;
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Further than any wall has been ahead of UTC since 1995. */
const AHEAD_MAX_MS = 15 * HOUR_MS;
/** More than any wall is ever put back by. */
const PUT_BACK_MAX_MS = 4 * HOUR_MS;
/** Clocks change at quarters of an hour on the wall, and never twice within one. */
const QUARTER_MS = 15 * MINUTE_MS;
/** Starts remembered; all are forgotten when there are more. */
const STARTS_MAX = 200_000;

const clocks = new Map<string, Intl.DateTimeFormat>();
const starts = new Map<string, number>();

/** start(day) in epoch milliseconds. The versions are in the order in which they were added; there is at least one. */
export function startOfDay(versions: readonly CalendarVersion[], day: number): number {
  const { zone, cutoffMinutes } = versionOn(versions, day);
  const name = `${zone} ${cutoffMinutes} ${day}`;
  const known = starts.get(name);
  if (known !== undefined) return known;
  if (starts.size >= STARTS_MAX) starts.clear();
  const start = firstReading(zone, day * DAY_MS + cutoffMinutes * MINUTE_MS);
  starts.set(name, start);
  return start;
}

/** The greatest day that has started at this instant (epoch milliseconds). */
export function businessDateOf(versions: readonly CalendarVersion[], instant: number): number {
  let day = Math.floor(instant / DAY_MS) + 2;
  while (startOfDay(versions, day) > instant) day -= 1;
  return day;
}

/** The version in force: the last one in the list that has begun, the first counting as in force from ever. */
export function versionOn(versions: readonly CalendarVersion[], day: number): CalendarVersion {
  let inForce = versions[0] as CalendarVersion;
  for (const version of versions.slice(1)) if (version.effectiveFrom <= day) inForce = version;
  return inForce;
}

/** The earliest instant at which the wall reads `wallMs` (counted as if it were UTC) or more. */
function firstReading(zone: string, wallMs: number): number {
  let before = wallMs - AHEAD_MAX_MS;
  while (readingAt(zone, before + HOUR_MS) < wallMs - PUT_BACK_MAX_MS) before += HOUR_MS;
  while (readingAt(zone, before + QUARTER_MS) < wallMs) before += QUARTER_MS;
  // Less here, enough a quarter later, and in between at most one change, at a whole second: halving finds the place.
  let after = before + QUARTER_MS;
  while (after - before > SECOND_MS) {
    const middle = before + Math.floor((after - before) / 2 / SECOND_MS) * SECOND_MS;
    if (readingAt(zone, middle) >= wallMs) after = middle;
    else before = middle;
  }
  return after;
}

/** What the wall reads at an instant, counted as if it were UTC. */
function readingAt(zone: string, instant: number): number {
  const second = Math.floor(instant / SECOND_MS) * SECOND_MS;
  const part: Record<string, number> = {};
  for (const { type, value } of clockOf(zone).formatToParts(second)) part[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, part['second'] ?? 0) + instant - second;
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(zone, clock);
  return clock;
}
