import { describe, expect, test } from '@jest/globals';
import {
  type Book,
  closing,
  date,
  entry,
  local,
  openBook,
  reversal,
  transfer,
  uuid,
} from './book.fixture.ts';

function at(day: number, time = '12:00'): number {
  return local(`2026-03-${String(day).padStart(2, '0')} ${time}`);
}

/** Entries of 8, 10 and 12 March, recorded when they happened. */
function threeDays(): Book {
  const book = openBook();
  book.submit(entry(2, { amountMinor: 100 }), at(8));
  book.submit(entry(3, { amountMinor: 200 }), at(10));
  book.submit(entry(4, { amountMinor: 400 }), at(12));
  return book;
}

describe('a page of the ledger', () => {
  test('a week at the till', () => {
    const book = openBook({ lateEntries: 'BOOK_TODAY', backdateLimitDays: 2 });
    const page = [
      [at(8, '08:00'), entry(2, { kind: 'OPENING', amountMinor: 20_000 }), 'posted'],
      [at(8, '09:30'), entry(3, { amountMinor: 4_990 }), 'posted'],
      [at(8, '09:31'), entry(3, { amountMinor: 4_990, occurredAt: at(8, '09:30') }), 'duplicate'],
      [at(8, '12:00'), transfer(4, { amountMinor: 15_000 }), 'posted'],
      [at(8, '18:00'), closing(5, '2026-03-08'), 'posted'],
      [at(8, '18:05'), entry(6, { amountMinor: 1_000 }), 'posted'],
      [at(9, '09:00'), reversal(7, 3), 'posted'],
      [at(11, '09:00'), entry(8, { kind: 'REFUND', direction: 'DEBIT', amountMinor: 300 }), 'posted'],
      [at(11, '10:00'), entry(9, { amountMinor: 50, occurredAt: at(10) }), 'posted'],
    ] as const;
    expect(page.map(([recordedAt, draft]) => book.outcome(draft, recordedAt))).toEqual(
      page.map(([, , outcome]) => outcome),
    );
    expect(book.ledger()).toEqual([
      '1 MerchantConfigApplied',
      '2 EntryPosted 2026-03-08 OPENING drawer +20000',
      '3 EntryPosted 2026-03-08 SALE drawer +4990',
      '4 EntryPosted 2026-03-08 TRANSFER drawer -15000',
      '5 EntryPosted 2026-03-08 TRANSFER safe +15000',
      '6 DayClosed 2026-03-08',
      '7 EntryPosted 2026-03-09 (2026-03-08) SALE drawer +1000',
      '8 EntryPosted 2026-03-09 (2026-03-08) REVERSAL drawer -4990',
      '9 EntryPosted 2026-03-11 REFUND drawer -300',
      '10 EntryPosted 2026-03-10 SALE drawer +50',
    ]);
    expect(book.page()).toEqual([
      '2026-03-08 drawer 0 +24990 -15000 = 9990',
      '2026-03-08 safe 0 +15000 -0 = 15000',
      '2026-03-09 drawer 9990 +1000 -4990 = 6000',
      '2026-03-09 safe 15000 +0 -0 = 15000',
      '2026-03-10 drawer 6000 +50 -0 = 6050',
      '2026-03-10 safe 15000 +0 -0 = 15000',
      '2026-03-11 drawer 6050 +0 -300 = 5750',
      '2026-03-11 safe 15000 +0 -0 = 15000',
    ]);
  });
});

describe('a document', () => {
  test('says everything about its day', () => {
    const book = openBook({ zone: 'America/Sao_Paulo', cutoffMinutes: 60 });
    book.submit(entry(2, { paymentMethod: 'PIX', amountMinor: 700 }), at(9));
    book.submit(entry(3, { accountId: 'dollars', currency: 'USD', amountMinor: 9 }), at(10));
    book.submit(transfer(4, { amountMinor: 200 }), at(10));
    book.submit(entry(5, { kind: 'FEE', direction: 'DEBIT', amountMinor: 30 }), at(10));
    book.submit(entry(6, { amountMinor: 5 }), at(10));
    expect(book.page()).toEqual([
      '2026-03-09 drawer 0 +700 -0 = 700',
      '2026-03-10 dollars 0 +9 -0 = 9',
      '2026-03-10 drawer 700 +5 -230 = 475',
      '2026-03-10 safe 0 +200 -0 = 200',
    ]);
    const figures = book.days[1]?.figures;
    expect(figures?.accounts.map(({ creditCount, debitCount }) => [creditCount, debitCount])).toEqual([
      [1, 0],
      [1, 2],
      [1, 0],
    ]);
    expect(figures).toEqual({
      businessDate: date('2026-03-10'),
      zone: 'America/Sao_Paulo',
      cutoffMinutes: 60,
      dayStart: at(10, '01:00'),
      accounts: figures?.accounts,
      totals: [
        {
          currency: 'BRL',
          openingMinor: 700,
          creditsMinor: 205,
          debitsMinor: 230,
          closingMinor: 675,
          creditCount: 2,
          debitCount: 2,
        },
        {
          currency: 'USD',
          openingMinor: 0,
          creditsMinor: 9,
          debitsMinor: 0,
          closingMinor: 9,
          creditCount: 1,
          debitCount: 0,
        },
      ],
      byKind: [
        { currency: 'BRL', kind: 'FEE', creditsMinor: 0, debitsMinor: 30, count: 1 },
        { currency: 'BRL', kind: 'SALE', creditsMinor: 5, debitsMinor: 0, count: 1 },
        { currency: 'BRL', kind: 'TRANSFER', creditsMinor: 200, debitsMinor: 200, count: 2 },
        { currency: 'USD', kind: 'SALE', creditsMinor: 9, debitsMinor: 0, count: 1 },
      ],
      byMethod: [
        { currency: 'BRL', paymentMethod: 'CASH', creditsMinor: 5, debitsMinor: 30, count: 2 },
        { currency: 'BRL', paymentMethod: 'INTERNAL', creditsMinor: 200, debitsMinor: 200, count: 2 },
        { currency: 'USD', paymentMethod: 'CASH', creditsMinor: 9, debitsMinor: 0, count: 1 },
      ],
    });
  });
});

describe('a late entry', () => {
  test('shifts opening and closing of every later document', () => {
    const book = threeDays();
    book.submit(entry(5, { amountMinor: 7, occurredAt: at(8) }), at(12));
    expect(book.page()).toEqual([
      '2026-03-08 drawer 0 +107 -0 = 107',
      '2026-03-10 drawer 107 +200 -0 = 307',
      '2026-03-12 drawer 307 +400 -0 = 707',
    ]);
  });

  test('between two days opens with what the earlier one closed with', () => {
    const book = threeDays();
    const decision = book.submit(entry(5, { amountMinor: 7, occurredAt: at(9) }), at(12));
    expect(decision).toMatchObject({ days: { from: 1, inserted: true } });
    expect(book.page()).toEqual([
      '2026-03-08 drawer 0 +100 -0 = 100',
      '2026-03-09 drawer 100 +7 -0 = 107',
      '2026-03-10 drawer 107 +200 -0 = 307',
      '2026-03-12 drawer 307 +400 -0 = 707',
    ]);
  });

  test('before the first day', () => {
    const book = threeDays();
    book.submit(entry(5, { amountMinor: 7, occurredAt: at(7) }), at(12));
    expect(book.page().slice(0, 2)).toEqual([
      '2026-03-07 drawer 0 +7 -0 = 7',
      '2026-03-08 drawer 7 +100 -0 = 107',
    ]);
  });

  test('of an account and a currency new to all later days shows in all of them', () => {
    const book = threeDays();
    const dollars = { accountId: 'dollars', currency: 'USD', amountMinor: 9, occurredAt: at(10) };
    book.submit(entry(5, dollars), at(12));
    expect(book.page()).toEqual([
      '2026-03-08 drawer 0 +100 -0 = 100',
      '2026-03-10 dollars 0 +9 -0 = 9',
      '2026-03-10 drawer 100 +200 -0 = 300',
      '2026-03-12 dollars 9 +0 -0 = 9',
      '2026-03-12 drawer 300 +400 -0 = 700',
    ]);
    expect(book.days[2]?.figures.totals[1]).toMatchObject({
      currency: 'USD',
      openingMinor: 9,
      closingMinor: 9,
    });
  });

  test('shares what it does not touch with the document before it', () => {
    const book = threeDays();
    book.submit(transfer(5), at(12));
    const before = book.days.map((day) => day.figures);
    book.submit(entry(6, { occurredAt: at(10) }), at(12));
    expect(book.days[0]?.figures).toBe(before[0]);
    expect(book.days[2]?.figures.byKind).toBe(before[2]?.byKind);
    expect(book.days[2]?.figures.accounts[1]).toBe(before[2]?.accounts[1]);
  });
});

describe('a reversal', () => {
  test('takes back both legs of a transfer, in their order (I8, I9)', () => {
    const book = openBook();
    book.submit(transfer(2, { description: 'para o cofre' }), at(9));
    const decision = book.submit(reversal(3, 2), at(10));
    const common = { entryId: uuid(3), kind: 'REVERSAL', reversesEntryId: uuid(2), reason: 'estorno' };
    const blank = { purpose: null, description: null, externalId: null };
    const shared = { ...common, ...blank, paymentMethod: 'INTERNAL', amountMinor: 500, occurredAt: at(10) };
    expect(decision).toMatchObject({
      events: [
        { value: { ...shared, ledgerSeq: 4, leg: 'FROM', accountId: 'drawer', direction: 'CREDIT' } },
        { value: { ...shared, ledgerSeq: 5, leg: 'TO', accountId: 'safe', direction: 'DEBIT' } },
      ],
      reverses: uuid(2),
    });
    expect(book.page()).toEqual(['2026-03-09 drawer 0 +500 -500 = 0', '2026-03-09 safe 0 +500 -500 = 0']);
  });

  test('keeps the payment method of the entry it takes back', () => {
    const book = openBook();
    book.submit(entry(2, { paymentMethod: 'PIX' }), at(9));
    book.submit(reversal(3, 2), at(9));
    const methods = book.days[0]?.figures.byMethod;
    expect(methods).toEqual([
      { currency: 'BRL', paymentMethod: 'PIX', creditsMinor: 1000, debitsMinor: 1000, count: 2 },
    ]);
  });
});
