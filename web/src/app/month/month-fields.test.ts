import type { BalanceBody } from '@fluxo/schemas';
import { expect, test } from 'vitest';
import { fieldsOf, monthAfter, weekdayOf } from './month-fields.ts';

test('months follow each other over the turn of a year', () => {
  expect([monthAfter('2026-12', 1), monthAfter('2026-01', -1), monthAfter('2026-11', 0)]).toEqual([
    '2027-01',
    '2025-12',
    '2026-11',
  ]);
});

test('a week begins on Monday', () => {
  expect(['2026-11-23', '2026-11-26', '2026-11-29'].map(weekdayOf)).toEqual([0, 3, 6]);
});

test('a currency that a day does not have is unknown, not zero', () => {
  const day = (businessDate: string, totals: object[]) =>
    ({ businessDate, status: 'OPEN', materialized: true, totals }) as unknown as BalanceBody;
  const fields = fieldsOf(
    [
      day('2026-11-01', []),
      day('2026-11-02', [{ currency: 'BRL', openingMinor: 0, closingMinor: 400 }]),
      day('2026-11-03', [{ currency: 'BRL', openingMinor: 400, closingMinor: 300 }]),
    ],
    'BRL',
  );
  expect(
    fields.map(({ closingMinor, changeMinor, strength }) => [closingMinor, changeMinor, strength]),
  ).toEqual([
    [null, 0, 0],
    [400, 400, 1],
    [300, -100, 0.5],
  ]);
});
