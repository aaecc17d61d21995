/** Documents and entries that agree, and every way in which they may not. */
import { describe, expect, test } from '@jest/globals';
import type { DayLine } from '../views/statement-view.ts';
import { type DaySum, type DocumentLines, disagreementOf } from './agreement.ts';

function line(
  accountId: string,
  businessDate: string,
  [opening, credits, debits]: readonly [number, number, number],
): DayLine {
  return {
    accountId,
    businessDate,
    currency: 'BRL',
    openingMinor: opening,
    creditsMinor: credits,
    debitsMinor: debits,
    closingMinor: opening + credits - debits,
    creditCount: Math.sign(credits),
    debitCount: Math.sign(debits),
  };
}

const documents: readonly DocumentLines[] = [
  { businessDate: '2026-03-01', lines: [line('a', '2026-03-01', [70, 30, 0])] },
  {
    businessDate: '2026-03-02',
    lines: [line('a', '2026-03-02', [100, 5, 7]), line('b', '2026-03-02', [0, 1, 0])],
  },
  {
    businessDate: '2026-03-04',
    lines: [line('a', '2026-03-04', [98, 0, 8]), line('b', '2026-03-04', [1, 0, 0])],
  },
];
const sums: readonly DaySum[] = documents
  .slice(1)
  .flatMap(({ lines }) => lines)
  .filter(({ creditCount, debitCount }) => creditCount + debitCount > 0);

const FROM = '2026-03-02';

/** The documents with one line changed. */
const withLine = (date: string, accountId: string, change: Partial<DayLine> | null) =>
  documents.map(({ businessDate, lines }) => ({
    businessDate,
    lines: lines.flatMap((each) => {
      if (businessDate !== date || each.accountId !== accountId) return [each];
      return change === null ? [] : [{ ...each, ...change }];
    }),
  }));

test('what agrees is taken, whatever came before the first document', () => {
  expect(disagreementOf(documents, sums, FROM)).toBeNull();
  expect(disagreementOf([], [], FROM)).toBeNull();
});

describe('what does not agree is named:', () => {
  test.each<[string, readonly DocumentLines[], readonly DaySum[], string]>([
    [
      'a line that does not add up',
      withLine('2026-03-04', 'a', { closingMinor: 91 }),
      sums,
      'a on 2026-03-04 does not close',
    ],
    [
      'a day that opens with another balance',
      withLine('2026-03-02', 'a', { openingMinor: 99, closingMinor: 97 }),
      sums,
      'a on 2026-03-02 opens with 99',
    ],
    [
      'an account that is new and opens with something',
      withLine('2026-03-02', 'b', { openingMinor: 1, closingMinor: 2 }),
      sums,
      'b on 2026-03-02 opens with 1',
    ],
    [
      'an account that a later day has lost',
      withLine('2026-03-04', 'b', null),
      sums,
      'account b is in the document of 2026-03-02',
    ],
    [
      'a day that was changed before the days asked for and has not arrived',
      withLine('2026-03-01', 'a', { openingMinor: 71, closingMinor: 101 }),
      sums,
      'a on 2026-03-02 opens',
    ],
    [
      'an entry that the documents do not know',
      documents,
      [...sums, { ...line('b', '2026-03-03', [0, 4, 0]) }],
      'b on 2026-03-03 has entries',
    ],
    ['an entry that the ledger does not know', documents, sums.slice(0, -1), 'a on 2026-03-04 has'],
    [
      'two that cancel in the sum',
      documents,
      sums.map((sum) => ({ ...sum, creditsMinor: sum.creditsMinor + 2, debitsMinor: sum.debitsMinor + 2 })),
      'a on 2026-03-02 has',
    ],
    [
      'a count',
      documents,
      sums.map((sum) => ({ ...sum, debitCount: sum.debitCount + 1 })),
      'a on 2026-03-02 has',
    ],
  ])('%s', (_name, found, added, expected) => {
    expect(disagreementOf(found, added, FROM)).toContain(expected);
  });
});
