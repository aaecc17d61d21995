import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../domain-error.ts';
import { addDays, asBusinessDate, DAY_MS } from './calendar-date.ts';
import { isZoneName, WallClock, wallClockOf } from './time-zone.ts';
import { ZONE_NAMES } from './zone-names.ts';

const MINUTE_MS = 60_000;

describe('names of zones', () => {
  test('there are all of them, each once, in the form of the contract', () => {
    expect(ZONE_NAMES).toHaveLength(554);
    expect(new Set(ZONE_NAMES).size).toBe(ZONE_NAMES.length);
    const odd = ZONE_NAMES.filter((name) => !/^(?:UTC|[A-Z][A-Za-z_]*(?:\/[A-Za-z0-9_+-]+)+)$/.test(name));
    expect(odd).toEqual([]);
  });

  test('this Node release knows every one, and none of its own zones is missing', () => {
    const unknown = ZONE_NAMES.filter((name) => {
      try {
        return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) === '';
      } catch {
        return true;
      }
    });
    expect(unknown).toEqual([]);
    const missing = Intl.supportedValuesOf('timeZone').filter((name) => !isZoneName(name));
    expect(missing).toEqual([]);
  });

  test.each(['UTC', 'America/Sao_Paulo', 'Etc/GMT+3', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta'])(
    '%s is one',
    (name) => {
      expect(isZoneName(name)).toBe(true);
    },
  );

  test.each([
    'america/sao_paulo',
    'AMERICA/SAO_PAULO',
    'utc',
    'EST5EDT',
    'GMT',
    '+03:00',
    'Mars/Olympus',
    '',
  ])('"%s" is none, and has no wall clock', (name) => {
    expect(isZoneName(name)).toBe(false);
    expect(() => wallClockOf(name)).toThrow(DomainError);
  });
});

describe('the wall clock', () => {
  test.each([
    ['UTC', '2026-07-01T00:00:00Z', 0],
    ['America/Sao_Paulo', '2026-07-01T00:00:00Z', -180],
    ['America/Sao_Paulo', '2018-12-01T00:00:00Z', -120],
    ['Asia/Kathmandu', '2026-07-01T00:00:00Z', 345],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00Z', 660],
    ['Australia/Lord_Howe', '2026-07-01T00:00:00Z', 630],
    ['Pacific/Kiritimati', '2026-07-01T00:00:00Z', 840],
    ['Pacific/Pago_Pago', '2026-07-01T00:00:00Z', -660],
    ['America/St_Johns', '2026-07-01T00:00:00Z', -150],
  ])('in %s at %s is %d minutes from UTC', (zone, instant, minutes) => {
    expect(wallClockOf(zone).offsetAt(Date.parse(instant))).toBe(minutes * MINUTE_MS);
  });

  test('a time it reads twice counts the first time', () => {
    const reading = wallClockOf('America/New_York').firstReading(Date.parse('2026-11-01T01:30:00Z'));
    expect(new Date(reading).toISOString()).toBe('2026-11-01T05:30:00.000Z');
  });

  test('a time it never reads is the moment it is put forward', () => {
    const reading = wallClockOf('America/New_York').firstReading(Date.parse('2026-03-08T02:30:00Z'));
    expect(new Date(reading).toISOString()).toBe('2026-03-08T07:00:00.000Z');
  });

  // A file of sales asks for any minute, not only for cut-offs: each must be remembered as itself.
  test.each([
    ['UTC', '2026-11-26'],
    ['America/Sao_Paulo', '2018-11-03'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-04'],
    ['Asia/Kathmandu', '1969-12-31'],
  ])('in %s, every minute of %s and the day after is its own, asked in any order', (zone, day) => {
    const clock = new WallClock(zone);
    const first = asBusinessDate(Date.parse(day) / DAY_MS);
    const minutes = [first, addDays(first, 1)].flatMap((date) =>
      Array.from({ length: 1_440 }, (_, minute) => ({ date, minute })),
    );
    const readings = minutes.map(({ date, minute }) =>
      clock.firstReading(date * DAY_MS + minute * MINUTE_MS),
    );
    const ask = () => minutes.map(({ date, minute }) => clock.startOfDay(date, minute));
    expect(ask()).toEqual(readings);
    expect(ask()).toEqual(readings);
  });
});
