import { describe, expect, test } from '@jest/globals';
import { momentOf, startingPoint } from './starting-point.ts';

describe('where to begin', () => {
  test.each([
    ['beginning', { kind: 'beginning' }],
    ['end', { kind: 'end' }],
    ['0', { kind: 'offset', offset: 0 }],
    ['1200', { kind: 'offset', offset: 1_200 }],
    ['90s', { kind: 'ago', ms: 90_000 }],
    ['15m', { kind: 'ago', ms: 900_000 }],
    ['2h', { kind: 'ago', ms: 7_200_000 }],
    ['3d', { kind: 'ago', ms: 259_200_000 }],
    ['2026-03-09T08:00Z', { kind: 'time', timestampMs: Date.UTC(2026, 2, 9, 8) }],
    ['2026-03-09T05:00:00.5-03:00', { kind: 'time', timestampMs: Date.UTC(2026, 2, 9, 8) + 500 }],
  ])('%s is understood', (text, point) => {
    expect(startingPoint(text)).toEqual(point);
  });

  test.each([
    '',
    '-1',
    '1.5',
    '2w',
    'm',
    '2026-03-09',
    '2026-03-09T08:00:00',
    '2026-13-09T08:00Z',
    '2026-02-30T08:00Z',
  ])('%j is refused', (text) => {
    expect(() => startingPoint(text)).toThrow('It must be beginning, end, an offset, an instant');
  });

  test.each(['end', '1200', 'today'])('since %j is refused, and only what would do is named', (text) => {
    expect(() => momentOf(text)).toThrow(/^It must be an instant such as \S+, or how long ago/);
  });
});
