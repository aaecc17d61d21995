import { expect, test } from 'vitest';
import { denominationsOf, sumOf } from './denominations.ts';

test('what is counted adds up; nothing counted is not zero; zero pieces are', () => {
  expect(
    sumOf(
      new Map([
        [20_000, '2'],
        [5, ' 3 '],
        [100, ''],
      ]),
    ),
  ).toBe(40_015);
  expect(
    sumOf(
      new Map([
        [20_000, ''],
        [5, ' '],
      ]),
    ),
  ).toBeNull();
  expect(sumOf(new Map([[20_000, '0']]))).toBe(0);
});

test.each(['-1', '1,5', '1.5', 'x', '1e3'])('%s is no number of pieces', (typed) => {
  expect(sumOf(new Map([[100, typed]]))).toBeUndefined();
});

test.each([
  { currency: 'BRL', pieces: 13, greatest: 20_000 },
  { currency: 'EUR', pieces: 15, greatest: 50_000 },
])('notes and coins of $currency, each once, greatest first', ({ currency, pieces, greatest }) => {
  const values = denominationsOf(currency) ?? [];
  expect(values).toEqual([...new Set(values)].toSorted((a, b) => b - a));
  expect([values.length, values[0], values.at(-1)]).toEqual([pieces, greatest, 1]);
});

test('of others none are known', () => {
  expect(denominationsOf('JPY')).toBeNull();
});
