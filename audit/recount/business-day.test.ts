import {
  calendarOf,
  businessDateOf as domainDateOf,
  startOfDay as domainStartOf,
  ZONE_NAMES,
} from '@fluxo/domain';
import { parseDate } from '@fluxo/schemas';
import { describe, expect, jest, test } from '@jest/globals';
import { businessDateOf, startOfDay } from './business-day.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const day = (text: string) => parseDate(text) ?? 0;
const only = (zone: string, cutoffMinutes = 0) => [{ effectiveFrom: day('2000-01-01'), zone, cutoffMinutes }];

/** The self-test of the contract's own recount, and the days of the domain's tests that it lacks. */
describe('how long a business day is', () => {
  test.each([
    ['America/Sao_Paulo', 0, '2026-11-22', 24],
    ['America/Sao_Paulo', 0, '2018-11-04', 23],
    ['America/New_York', 90, '2026-10-31', 24],
    ['America/New_York', 90, '2026-11-01', 25],
    ['America/New_York', 150, '2026-03-07', 23.5],
    ['America/New_York', 150, '2026-03-08', 23.5],
    ['Australia/Lord_Howe', 0, '2026-04-05', 24.5],
    ['Australia/Lord_Howe', 0, '2026-10-04', 23.5],
    ['Pacific/Apia', 0, '2011-12-30', 0],
    ['America/Havana', 0, '2026-11-01', 25],
  ])('%s, cut-off %d, %s: %d hours', (zone, cutoff, date, hours) => {
    const calendar = only(zone, cutoff);
    expect((startOfDay(calendar, day(date) + 1) - startOfDay(calendar, day(date))) / HOUR_MS).toBe(hours);
  });
});

describe('two searches that share nothing come to the same starts', () => {
  const zones = ZONE_NAMES.filter((_, index) => index % 40 === 7);

  test.each(zones)(
    '%s, days around every change of a year',
    (zone) => {
      expect.hasAssertions();
      for (const cutoffMinutes of [0, 90, 150]) {
        const calendar = only(zone, cutoffMinutes);
        const other = calendarOf(calendar as never);
        for (let date = day('2026-01-01'); date < day('2026-12-31'); date += 1) {
          const start = domainStartOf(other, date as never);
          // Only where something is odd; the rest is a day of 24 hours after another.
          const isOdd = start - domainStartOf(other, (date - 1) as never) !== 24 * HOUR_MS;
          if (isOdd || date % 60 === 0) expect(startOfDay(calendar, date)).toBe(start);
        }
      }
    },
    60_000,
  );

  test('and to the same dates, across versions of a calendar', () => {
    const versions = [
      { effectiveFrom: day('2026-01-01'), zone: 'America/Sao_Paulo', cutoffMinutes: 0 },
      { effectiveFrom: day('2026-03-10'), zone: 'Pacific/Kiritimati', cutoffMinutes: 240 },
      { effectiveFrom: day('2026-03-20'), zone: 'America/Adak', cutoffMinutes: 0 },
    ];
    const other = calendarOf(versions as never);
    for (let at = Date.UTC(2026, 2, 1); at < Date.UTC(2026, 3, 1); at += 1.7 * HOUR_MS)
      expect(businessDateOf(versions, at)).toBe(domainDateOf(other, at));
  });
});
