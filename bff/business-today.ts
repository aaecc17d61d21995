/** The merchant's business day of this moment, by the rule of `domain/` applied to the merchant's own document. */
import {
  addDays,
  asBusinessDate,
  businessDateOf,
  calendarOf,
  formatDate,
  parseDate,
  startOfDay,
} from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';

export type BusinessToday = {
  readonly today: string;
  /** Epoch milliseconds. */
  readonly nextDayStartMs: number;
};

export function businessTodayOf({ calendar }: Pick<MerchantBody, 'calendar'>, nowMs: number): BusinessToday {
  const days = calendarOf(
    calendar.map(({ effectiveFrom, zone, cutoffMinutes }) => ({
      effectiveFrom: asBusinessDate(parseDate(effectiveFrom) ?? 0),
      zone,
      cutoffMinutes,
    })),
  );
  const today = businessDateOf(days, nowMs);
  let next = addDays(today, 1);
  // A day that a zone skipped is over when it begins.
  while (startOfDay(days, next) <= nowMs) next = addDays(next, 1);
  return { today: formatDate(today), nextDayStartMs: startOfDay(days, next) };
}
