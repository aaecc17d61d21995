import { describe, expect, test } from '@jest/globals';
import { attributesOf, type Item, rightItems, verdictOf } from './item-judge.ts';

const body = Buffer.from('document');
const day = { merchantId: 'm', businessDate: 20_000, revision: 7, body };
const items = rightItems([
  day,
  { ...day, businessDate: 20_001, revision: 9 },
  { ...day, businessDate: null, revision: 3 },
]);
const document = (revision: string, bytes: Uint8Array = body): Item => ({
  revision: { N: revision },
  body: { B: bytes },
});
const latest = (date: string, head: string): Item => ({ date: { S: date }, head: { N: head } });

test('what should stand under a merchant is its days, itself, and what is the latest of them', () => {
  expect(Object.fromEntries([...items].map(([name, right]) => [name, attributesOf(right)]))).toEqual({
    '2024-10-04': document('7'),
    '2024-10-05': document('9'),
    merchant: document('3'),
    latest: latest('2024-10-05', '9'),
  });
  expect([...rightItems([]).keys()]).toEqual([]);
});

describe('an item', () => {
  test.each([
    ['2024-10-04', document('7'), 'right'],
    ['2024-10-04', document('6', Buffer.from('older')), 'behind'],
    ['2024-10-04', document('8'), 'wrong'],
    ['2024-10-04', document('7', Buffer.from('other')), 'wrong'],
    ['2024-10-04', document('no number'), 'wrong'],
    ['2024-10-04', { revision: { N: '7' } }, 'wrong'],
    ['2024-10-04', {}, 'wrong'],
    ['2024-10-03', document('1'), 'wrong'],
    ['somebody’s', {}, 'wrong'],
    ['latest', latest('2024-10-05', '9'), 'right'],
    ['latest', latest('2024-10-04', '9'), 'behind'],
    ['latest', latest('2024-10-05', '8'), 'behind'],
    ['latest', latest('2024-10-06', '9'), 'wrong'],
    ['latest', latest('2024-10-04', '10'), 'wrong'],
    ['latest', {}, 'wrong'],
  ] as const)('%s %j is %s', (name, item, verdict) => {
    expect(verdictOf(item, items.get(name))).toBe(verdict);
  });
});
