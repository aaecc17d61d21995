import { expect, test } from '@jest/globals';
import type { MerchantDays, StoredDay } from '../views/balance-view.ts';
import { aBalance, aMerchant } from '../views/view-fixtures.ts';
import { DayRepresentations } from './day-representations.ts';
import { RangeRepresentations } from './range-representations.ts';

const range = { from: 20_000, to: 20_003 };

function aDay(businessDate: number, revision: number): StoredDay {
  return { businessDate, revision, read: () => aBalance({ businessDate, revision }) };
}

/** Its first day is filled from the one before. */
const found: MerchantDays = {
  merchant: aMerchant({ revision: 1 }),
  before: aDay(19_990, 3),
  days: [aDay(20_001, 4), aDay(20_002, 5)],
};

test('a range of which nothing has changed is not made again', () => {
  const ranges = new RangeRepresentations(new DayRepresentations());
  expect(ranges.of({ ...found }, range)).toBe(ranges.of(found, range));
});

test.each<[string, MerchantDays]>([
  ['a day', { ...found, days: [aDay(20_001, 4), aDay(20_002, 6)] }],
  ['a day that has come before them', { ...found, days: [aDay(20_000, 6), ...found.days] }],
  ['a day that has come behind them', { ...found, days: [...found.days, aDay(20_003, 6)] }],
  ['the last day before it', { ...found, before: aDay(19_990, 6) }],
  ['a later day before it', { ...found, before: aDay(19_991, 6) }],
  [
    'the merchant, which days are closed',
    { ...found, merchant: aMerchant({ revision: 9, closedThrough: 20_001 }) },
  ],
])('%s changes it', (_, changed) => {
  const ranges = new RangeRepresentations(new DayRepresentations());
  const before = ranges.of(found, range);
  const fresh = new RangeRepresentations(new DayRepresentations()).of(changed, range);
  expect(ranges.of(changed, range)).toEqual(fresh);
  expect(fresh.body.equals(before.body)).toBe(false);
});

test('other ranges of the merchant, and other merchants, are their own', () => {
  const ranges = new RangeRepresentations(new DayRepresentations());
  const month = ranges.of(found, range);
  const longer = ranges.of(found, { ...range, to: 20_004 });
  const other = ranges.of({ ...found, merchant: aMerchant({ merchantId: 'm-2', revision: 1 }) }, range);
  expect(new Set([month, longer, other].map(({ body }) => body.toString())).size).toBe(3);
});
