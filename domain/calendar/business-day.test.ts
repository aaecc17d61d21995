import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DomainError } from '../domain-error.ts';
import { businessDateOf, calendarOf, startOfDay, versionInForce } from './business-day.ts';
import {
  addDays,
  asBusinessDate,
  type BusinessDate,
  DAY_MS,
  formatDate,
  parseDate,
} from './calendar-date.ts';
import { ZONE_NAMES } from './zone-names.ts';

const HOUR_MS = 3_600_000;

function date(text: string): BusinessDate {
  return parseDate(text) as BusinessDate;
}

function calendar(zone: string, cutoffMinutes = 0) {
  return calendarOf([{ effectiveFrom: date('2000-01-01'), zone, cutoffMinutes }]);
}

function hoursOf(zone: string, cutoffMinutes: number, day: string): number {
  const days = calendar(zone, cutoffMinutes);
  return (startOfDay(days, addDays(date(day), 1)) - startOfDay(days, date(day))) / HOUR_MS;
}

describe('how long a business day is', () => {
  test.each([
    ['America/Sao_Paulo', 0, '2026-11-22', 24, 'no summer time since 2019'],
    ['America/Sao_Paulo', 0, '2018-11-04', 23, 'midnight was skipped'],
    ['America/Sao_Paulo', 0, '2018-02-17', 25, 'eleven at night happened twice'],
    ['America/New_York', 0, '2026-03-08', 23, 'put forward'],
    ['America/New_York', 0, '2026-11-01', 25, 'put back'],
    [
      'America/New_York',
      90,
      '2026-10-31',
      24,
      'the cut-off falls into the repeated hour: its first time counts',
    ],
    ['America/New_York', 90, '2026-11-01', 25, 'and the day holds the whole repeated hour'],
    [
      'America/New_York',
      150,
      '2026-03-07',
      23.5,
      'the cut-off is skipped: the day ends where the clock jumps',
    ],
    ['America/New_York', 150, '2026-03-08', 23.5, 'and the next one starts there'],
    ['Australia/Lord_Howe', 0, '2026-04-05', 24.5, 'put back by half an hour'],
    ['Australia/Lord_Howe', 0, '2026-10-04', 23.5, 'put forward by half an hour'],
    ['Pacific/Apia', 0, '2011-12-30', 0, 'a day that never was'],
    ['Africa/Cairo', 0, '2026-04-24', 23, 'midnight is skipped'],
    ['America/Havana', 0, '2026-11-01', 25, 'one at night becomes midnight'],
  ])('%s, cut-off %d, %s: %d hours (%s)', (zone, cutoffMinutes, day, hours) => {
    expect(hoursOf(zone, cutoffMinutes, day)).toBe(hours);
  });

  test.each([
    ['America/Sao_Paulo', 0, '2018-11-04', '2018-11-04T03:00:00.000Z'],
    ['America/Sao_Paulo', 240, '2026-03-01', '2026-03-01T07:00:00.000Z'],
    ['Asia/Kathmandu', 60, '2026-03-01', '2026-02-28T19:15:00.000Z'],
    ['Pacific/Kiritimati', 0, '2026-03-01', '2026-02-28T10:00:00.000Z'],
    ['Pacific/Apia', 0, '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', 0, '2011-12-31', '2011-12-30T10:00:00.000Z'],
    ['Europe/Lisbon', 90, '2099-10-25', '2099-10-25T00:30:00.000Z'],
    ['UTC', 720, '2026-03-01', '2026-03-01T12:00:00.000Z'],
  ])('%s, cut-off %d: %s starts at %s', (zone, cutoffMinutes, day, start) => {
    expect(new Date(startOfDay(calendar(zone, cutoffMinutes), date(day))).toISOString()).toBe(start);
  });
});

describe('which day an instant counts on', () => {
  test.each([
    ['2026-03-01T06:59:59.999Z', '2026-02-28'],
    ['2026-03-01T07:00:00.000Z', '2026-03-01'],
    ['2026-03-02T06:59:59.999Z', '2026-03-01'],
    ['2026-03-02T07:00:00.000Z', '2026-03-02'],
  ])('a bar in São Paulo that closes at four: %s is %s', (instant, day) => {
    expect(formatDate(businessDateOf(calendar('America/Sao_Paulo', 240), Date.parse(instant)))).toBe(day);
  });

  test('nothing counts on a day that never was', () => {
    const samoa = calendar('Pacific/Apia');
    const days = [-1, 0].map((ms) => businessDateOf(samoa, Date.parse('2011-12-30T10:00:00Z') + ms));
    expect(days.map(formatDate)).toEqual(['2011-12-29', '2011-12-31']);
  });

  test('I11: every instant has exactly one, and later instants never an earlier one', () => {
    const instant = fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 });
    const cutoff = fc.integer({ min: 0, max: 720 });
    const aheadMs = fc.integer({ min: 0, max: 3 * DAY_MS });
    fc.assert(
      fc.property(fc.constantFrom(...ZONE_NAMES), cutoff, instant, aheadMs, (zone, minutes, first, ahead) => {
        const days = calendar(zone, minutes);
        const day = businessDateOf(days, first);
        expect(startOfDay(days, day)).toBeLessThanOrEqual(first);
        expect(startOfDay(days, addDays(day, 1))).toBeGreaterThan(first);
        expect(businessDateOf(days, first + ahead)).toBeGreaterThanOrEqual(day);
        expect(businessDateOf(days, first)).toBe(day);
      }),
      { numRuns: 300 },
    );
  });
});

describe('versions of a calendar', () => {
  const [first, second, third] = [
    { effectiveFrom: date('2026-03-01'), zone: 'America/Sao_Paulo', cutoffMinutes: 0 },
    { effectiveFrom: date('2026-03-10'), zone: 'America/Manaus', cutoffMinutes: 0 },
    { effectiveFrom: date('2026-03-20'), zone: 'America/Manaus', cutoffMinutes: 300 },
  ];
  const versions = calendarOf([first, second, third]);

  test.each([
    ['1999-01-01', first],
    ['2026-03-09', first],
    ['2026-03-10', second],
    ['2026-03-19', second],
    ['2026-03-20', third],
    ['2099-01-01', third],
  ])('on %s the right one is in force', (day, version) => {
    expect(versionInForce(versions, date(day))).toEqual(version);
  });

  test('the last day before a change ends where the first one after it starts', () => {
    const hours = [-1, 0, 9, 10].map((days) => {
      const day = addDays(second.effectiveFrom, days);
      return (startOfDay(versions, addDays(day, 1)) - startOfDay(versions, day)) / HOUR_MS;
    });
    expect(hours).toEqual([25, 24, 29, 24]);
  });

  test('an answer that is remembered for one day is not given for another', () => {
    const instants = Array.from(
      { length: 40 },
      (_, n) => Date.parse('2026-03-01T12:00:00Z') + ((n * 7) % 40) * DAY_MS,
    );
    const again = instants.map((instant) => businessDateOf(versions, instant));
    const fresh = instants.map((instant) => businessDateOf(calendarOf(versions.versions), instant));
    expect(again).toEqual(fresh);
  });

  test('a calendar without any is refused', () => {
    expect(() => calendarOf([])).toThrow(DomainError);
  });

  test('days before the epoch have dates too', () => {
    expect(businessDateOf(calendar('UTC'), -1)).toBe(asBusinessDate(-1));
  });
});
