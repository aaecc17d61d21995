/**
 * Which days a change of zone or cut-off would move (spec.md 3.6), by the ledger's own calendar: days up to F, the latest of today and the
 * last closed one, stay as they are. The ledger decides; it also knows days that have documents already.
 */
import { addDays, type BusinessDate, type Calendar, formatDate, parseDate, startOfDay } from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';
import { calendarFrom, type Version } from './zone-in-force.ts';

export type CalendarChange = {
  readonly zone: string;
  readonly cutoffMinutes: number;
  readonly effectiveFrom: string;
};

export type PreviewDay = {
  readonly date: string;
  /** Instants, as the calendar of now and the one to come have them. */
  readonly before: string;
  readonly after: string;
  readonly isMoved: boolean;
  readonly lengthMinutes: number;
};

export type Preview =
  | { readonly kind: 'same' }
  | { readonly kind: 'forbidden'; readonly fixedThrough: string }
  | { readonly kind: 'change'; readonly fixedThrough: string; readonly days: readonly PreviewDay[] };

const DAYS_BEFORE = 2;
const DAYS_AFTER = 4;

/** The version that stands last once what is still pending has fallen away; it is what a new one is compared with. */
export function standing({ calendar, closedThrough }: MerchantBody, today: string): readonly Version[] {
  const fixed = later(today, closedThrough);
  return calendar.filter(({ effectiveFrom }, index) => index === 0 || effectiveFrom <= fixed);
}

export function previewOf(merchant: MerchantBody, today: string, change: CalendarChange): Preview {
  const fixedThrough = later(today, merchant.closedThrough);
  const versions = standing(merchant, today);
  const last = versions.at(-1);
  if (last?.zone === change.zone && last.cutoffMinutes === change.cutoffMinutes) return { kind: 'same' };
  const from = parseDate(change.effectiveFrom);
  if (from === undefined || change.effectiveFrom <= fixedThrough) return { kind: 'forbidden', fixedThrough };
  const [before, after] = [calendarFrom(versions), calendarFrom([...versions, change])];
  // A day that ends before it starts would be one: spec.md 3.6 asks that starts go on growing.
  if (startOfDay(after, from) <= startOfDay(after, addDays(from, -1)))
    return { kind: 'forbidden', fixedThrough };
  const days = Array.from({ length: DAYS_BEFORE + DAYS_AFTER }, (_, index) =>
    previewDay(before, after, addDays(from, index - DAYS_BEFORE)),
  );
  return { kind: 'change', fixedThrough, days };
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
