/**
 * Which days the settings would move (spec.md 3.6), by the ledger's own calendar: days up to F, the latest of today and the last closed one,
 * stay as they are, and behind them only what is stated counts. The ledger decides; it also knows days that have documents already.
 */
import {
  addDays,
  type BusinessDate,
  type Calendar,
  type CalendarVersion,
  calendarStating,
  formatDate,
  parseDate,
  startOfDay,
} from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';
import { dateAfter } from '../day/dates.ts';
import { calendarFrom, type Version } from './zone-in-force.ts';

export type PreviewDay = {
  readonly date: string;
  /** Instants, as the calendar that is planned and the one that is stated have them. */
  readonly before: string;
  readonly after: string;
  readonly isMoved: boolean;
  readonly lengthMinutes: number;
};

export type Preview =
  | { readonly kind: 'same' }
  | { readonly kind: 'forbidden'; readonly fixedThrough: string }
  | {
      readonly kind: 'change';
      readonly fixedThrough: string;
      /** The first day that may start at another time. */
      readonly from: string;
      /** What was planned and is not stated again. */
      readonly fallsAway: readonly Version[];
      /** Those around the start of each version that comes or goes. */
      readonly days: readonly PreviewDay[];
    };

type Merchant = Pick<MerchantBody, 'calendar' | 'closedThrough'>;

const DAYS_BEFORE = 2;
const DAYS_AFTER = 4;

/**
 * What settings state that leave the calendar alone: the newest version, from its own first day if that is still to come. Without it they
 * would call off what is planned.
 */
export function calendarToState({ calendar, closedThrough }: Merchant, today: string): Version {
  const next = dateAfter(later(today, closedThrough), 1);
  const newest = calendar.at(-1);
  // The first version is never to come: it counts as in force from ever.
  const effectiveFrom = calendar.length > 1 ? later(next, newest?.effectiveFrom ?? null) : next;
  return { zone: newest?.zone ?? 'UTC', cutoffMinutes: newest?.cutoffMinutes ?? 0, effectiveFrom };
}

export function previewOf(merchant: Merchant, today: string, { effectiveFrom, ...stated }: Version): Preview {
  const fixedThrough = later(today, merchant.closedThrough);
  const [from, settled] = [parseDate(effectiveFrom), parseDate(fixedThrough)];
  if (from === undefined || settled === undefined) return { kind: 'forbidden', fixedThrough };
  const before = calendarFrom(merchant.calendar);
  const after = calendarStating(before, { ...stated, effectiveFrom: from }, settled);
  const [gone, added] = [missingIn(after, before), missingIn(before, after)];
  if (gone.length + added.length === 0) return { kind: 'same' };
  // A day that ends before it starts would be one: spec.md 3.6 asks that starts go on growing.
  const isForbidden = from <= settled || startOfDay(after, from) <= startOfDay(after, addDays(from, -1));
  if (added.length > 0 && isForbidden) return { kind: 'forbidden', fixedThrough };
  const starts = [...gone, ...added].map((version) => version.effectiveFrom).toSorted((a, b) => a - b);
  return {
    kind: 'change',
    fixedThrough,
    from: formatDate(starts[0] ?? from),
    fallsAway: gone.map((version) => ({ ...version, effectiveFrom: formatDate(version.effectiveFrom) })),
    days: daysAround(starts).map((date) => previewDay(before, after, date)),
  };
}

/** The versions of the other calendar that this one has not. */
function missingIn({ versions }: Calendar, other: Calendar): readonly CalendarVersion[] {
  return other.versions.filter(
    ({ effectiveFrom, zone, cutoffMinutes }) =>
      !versions.some(
        (version) =>
          version.effectiveFrom === effectiveFrom &&
          version.zone === zone &&
          version.cutoffMinutes === cutoffMinutes,
      ),
  );
}

/** Each day once, in order. */
function daysAround(starts: readonly BusinessDate[]): readonly BusinessDate[] {
  const days = starts.flatMap((start) =>
    Array.from({ length: DAYS_BEFORE + DAYS_AFTER }, (_, index) => addDays(start, index - DAYS_BEFORE)),
  );
  return [...new Set(days)].toSorted((a, b) => a - b);
}

function previewDay(before: Calendar, after: Calendar, date: BusinessDate): PreviewDay {
  const [old, start, end] = [
    startOfDay(before, date),
    startOfDay(after, date),
    startOfDay(after, addDays(date, 1)),
  ];
  return {
    date: formatDate(date),
    before: new Date(old).toISOString(),
    after: new Date(start).toISOString(),
    isMoved: old !== start,
    lengthMinutes: Math.round((end - start) / 60_000),
  };
}

/** Dates as text order as dates. */
function later(date: string, other: string | null): string {
  return other !== null && other > date ? other : date;
}
