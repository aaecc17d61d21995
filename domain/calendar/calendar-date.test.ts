import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asBusinessDate, DAY_MS, formatDate, parseDate } from './calendar-date.ts';

describe('dates as numbers and as text', () => {
  test.each([
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-02-29', 11_016],
    ['2000-03-01', 11_017],
    ['2026-03-01', 20_513],
    ['2099-12-31', 47_481],
    ['2100-02-28', 47_540],
    ['2100-03-01', 47_541],
    ['0000-03-01', -719_468],
  ])('%s is day %d', (text, epochDay) => {
    expect(parseDate(text)).toBe(epochDay);
    expect(formatDate(epochDay)).toBe(text);
  });

  test.each([
    '2026-02-30',
    '2026-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '2026-01-01T00:00',
    ' 2026-01-01',
    '２０２６-01-01',
    '',
  ])('"%s" is no date', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });

  test('as the calendar of the platform says, for any day of the years 0 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_528, max: 2_932_896 }), (epochDay) => {
        const text = new Date(epochDay * DAY_MS).toISOString().slice(0, 10);
        expect(formatDate(asBusinessDate(epochDay))).toBe(text);
        expect(parseDate(text)).toBe(epochDay);
      }),
      { numRuns: 2_000 },
    );
  });
});
