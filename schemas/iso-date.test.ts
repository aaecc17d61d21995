import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDate, parseDate, parseInstant, toInstant } from './iso-date.ts';

describe('business dates as text', () => {
  test.each([
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-02-29', 11_016],
    ['2026-11-24', 20_781],
    ['0001-01-01', -719_162],
    ['9999-12-31', 2_932_896],
  ])('%s is day %d', (text, epochDay) => {
    expect(parseDate(text)).toBe(epochDay);
    expect(formatDate(epochDay)).toBe(text);
  });

  test.each([
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '0000-01-01',
    '2026-1-1',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '20260101',
    '',
  ])('%p is no date', (text) => expect(parseDate(text)).toBeNull());

  test('more of them than are remembered are each their own', () => {
    const days = [...Array(10_000).keys()];
    for (const again of [days, days]) expect(again.map((day) => parseDate(formatDate(day)))).toEqual(days);
  });

  test('every day comes back as it went', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (epochDay) => {
        expect(parseDate(formatDate(epochDay))).toBe(epochDay);
      }),
    );
  });
});

test('an instant is written as Date writes it', () => {
  const min = Date.parse('0001-01-01T00:00:00.000Z');
  const max = Date.parse('9999-12-31T23:59:59.999Z');
  const instants = fc.oneof(
    fc.integer({ min, max }),
    fc.constantFrom(min - 1, min, max, max + 1, -8.64e15, 8.64e15, -1, 0, 1, 86_399_999),
  );
  fc.assert(
    fc.property(instants, (epochMs) => expect(toInstant(epochMs)).toBe(new Date(epochMs).toISOString())),
    { numRuns: 1_000 },
  );
});

test('an instant that exists is read, whatever its offset; 30 February, 25 o’clock and words are none', () => {
  expect(parseInstant('2026-03-01T09:00:00.5-03:00')).toBe(Date.UTC(2026, 2, 1, 12) + 500);
  for (const text of ['2026-02-30T12:00:00Z', '2026-03-01T25:00:00Z', 'yesterday', ''])
    expect(parseInstant(text)).toBeNull();
});
