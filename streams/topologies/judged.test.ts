import { expect, test } from '@jest/globals';
import { Judged } from './judged.ts';

test('is told once a transaction is committed, and never of one that was taken back', () => {
  const told: unknown[] = [];
  const judged = new Judged({
    rejected: (code, count) => told.push([code, count]),
    duplicated: (count) => told.push(count),
  });
  judged.rejected('day-closed');
  judged.duplicated();
  judged.rollback();
  judged.commit();
  expect(told).toEqual([]);
  judged.rejected('day-closed');
  judged.rejected('malformed');
  judged.rejected('day-closed');
  judged.duplicated();
  judged.commit();
  judged.commit();
  expect(told).toEqual([['day-closed', 2], ['malformed', 1], 1]);
});
