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

test('Brazilian notes and coins, each once, greatest first; of others none are known', () => {
  const values = denominationsOf('BRL') ?? [];
  expect(values).toEqual([...new Set(values)].toSorted((a, b) => b - a));
  expect(denominationsOf('JPY')).toBeNull();
});
