import { describe, expect, test } from '@jest/globals';
import {
  account,
  type Book,
  closing,
  date,
  entry,
  local,
  openBook,
  reopening,
  transfer,
  uuid,
} from './book.fixture.ts';

const NOW = local('2026-03-10 12:00');

function bookOfADay(): Book {
  const book = openBook({ accounts: [account('safe'), account('drawer'), account('bank')] });
  book.submit(entry(2), local('2026-03-08 10:00'));
  book.submit(transfer(3), local('2026-03-08 11:00'));
  book.submit(entry(4, { kind: 'FEE', direction: 'DEBIT', amountMinor: 30 }), local('2026-03-10 10:00'));
  return book;
}

function closed(book: Book, day: string, counts: readonly object[] = []): unknown {
  const decision = book.submit(closing(9, day, { counts }), NOW);
  return decision.kind === 'accepted' ? decision.events[0]?.value : decision;
}

const nothing = { openingMinor: 0, creditsMinor: 0, debitsMinor: 0, closingMinor: 0 };
const uncounted = { countedMinor: null, varianceMinor: null };

describe('closing a day', () => {
  test('states every configured account, sorted, with its count and what that is off by', () => {
    const counts = [
      { accountId: 'safe', countedMinor: 500 },
      { accountId: 'drawer', countedMinor: 480 },
    ];
    expect(closed(bookOfADay(), '2026-03-08', counts)).toEqual({
      merchantId: 'loja-1',
      ledgerSeq: 6,
      recordedAt: NOW,
      sourceOffset: 4,
      requestId: uuid(9),
      businessDate: date('2026-03-08'),
      requestedBy: 'gerente',
      accounts: [
        { accountId: 'bank', currency: 'BRL', ...nothing, ...uncounted },
        {
          accountId: 'drawer',
          currency: 'BRL',
          openingMinor: 0,
          creditsMinor: 1000,
          debitsMinor: 500,
          closingMinor: 500,
          countedMinor: 480,
          varianceMinor: -20,
        },
        {
          accountId: 'safe',
          currency: 'BRL',
          openingMinor: 0,
          creditsMinor: 500,
          debitsMinor: 0,
          closingMinor: 500,
          countedMinor: 500,
          varianceMinor: 0,
        },
      ],
      prevHash: new Uint8Array(32),
      hash: new Uint8Array(32),
    });
  });

  test('without a document states what the latest earlier one closed with', () => {
    const stood = { openingMinor: 500, creditsMinor: 0, debitsMinor: 0, closingMinor: 500 };
    expect(closed(bookOfADay(), '2026-03-09')).toMatchObject({
      accounts: [
        { accountId: 'bank', ...nothing },
        { accountId: 'drawer', ...stood },
        { accountId: 'safe', ...stood },
      ],
    });
  });

  test('before the first document states nothing anywhere', () => {
    expect(closed(bookOfADay(), '2026-03-01')).toMatchObject({ accounts: [nothing, nothing, nothing] });
  });

  test('books nothing and rewrites no document', () => {
    const book = bookOfADay();
    const page = book.page();
    closed(book, '2026-03-10', [{ accountId: 'drawer', countedMinor: 1 }]);
    expect(book.page()).toEqual(page);
    expect(book.settings.closedThrough).toBe(date('2026-03-10'));
  });

  test.each([
    ['2026-03-11', [], 'day-not-closable'],
    ['2026-03-10', [], 'posted'],
    ['2025-02-03', [], 'posted'],
    ['2025-02-02', [], 'day-not-closable'],
    ['2026-03-10', [{ accountId: 'nowhere', countedMinor: 0 }], 'day-not-closable'],
    [
      '2026-03-10',
      [
        { accountId: 'bank', countedMinor: 1 },
        { accountId: 'bank', countedMinor: 1 },
      ],
      'day-not-closable',
    ],
    ['2026-03-10', [{ accountId: 'bank', countedMinor: Number.MAX_SAFE_INTEGER }], 'posted'],
    ['2026-03-08', [{ accountId: 'drawer', countedMinor: -Number.MAX_SAFE_INTEGER }], 'balance-overflow'],
  ])('%s with %p: %s', (day, counts, outcome) => {
    expect(bookOfADay().outcome(closing(9, day, { counts }), NOW)).toBe(outcome);
  });
});

describe('closing and reopening', () => {
  test('close all days up to one, open all from one on', () => {
    const book = bookOfADay();
    const page = [
      [closing(20, '2026-03-05'), 'posted', '2026-03-05'],
      [closing(21, '2026-03-05'), 'day-not-closable', '2026-03-05'],
      [closing(22, '2026-03-04'), 'day-not-closable', '2026-03-05'],
      [reopening(23, '2026-03-06'), 'day-not-closed', '2026-03-05'],
      [closing(24, '2026-03-09'), 'posted', '2026-03-09'],
      [reopening(25, '2026-03-07'), 'posted', '2026-03-06'],
      [reopening(26, '2026-03-07'), 'day-not-closed', '2026-03-06'],
      [closing(27, '2026-03-07'), 'posted', '2026-03-07'],
      [reopening(28, '2026-01-01'), 'posted', '2025-12-31'],
    ] as const;
    for (const [draft, outcome, closedThrough] of page) {
      expect(book.outcome(draft, NOW)).toBe(outcome);
      expect(book.settings.closedThrough).toBe(date(closedThrough));
    }
  });

  test('nothing is closed at first', () => {
    expect(bookOfADay().outcome(reopening(9, '2026-03-01'), NOW)).toBe('day-not-closed');
  });
});
