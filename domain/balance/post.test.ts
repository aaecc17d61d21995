/**
 * Overflow (spec.md 3.2, row 15): every figure of every document as it stands after the whole submission, and no other. The
 * documents here stand close to ±(2^53 − 1); a model in BigInt says what each figure must become.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calendarOf } from '../calendar/business-day.ts';
import { asBusinessDate } from '../calendar/calendar-date.ts';
import { type Direction, MoneyOverflowError } from '../money/money.ts';
import type { AccountBalance, Amounts, CurrencyTotal, Day, DayFigures } from './day-figures.ts';
import { type Movement, type Posting, post } from './post.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const ENTRY_MAX = 1_000_000_000_000;
const TODAY = 20_522;

const calendar = calendarOf([{ effectiveFrom: asBusinessDate(0), zone: 'UTC', cutoffMinutes: 0 }]);

function still(balanceMinor: number): Amounts {
  const none = { creditsMinor: 0, debitsMinor: 0, creditCount: 0, debitCount: 0 };
  return { openingMinor: balanceMinor, closingMinor: balanceMinor, ...none };
}

function dayOf(date: number, accounts: readonly AccountBalance[], total: CurrencyTotal): Day {
  const businessDate = asBusinessDate(date);
  const rest = { zone: 'UTC', cutoffMinutes: 0, dayStart: date * 86_400_000, byKind: [], byMethod: [] };
  return { businessDate, figures: { businessDate, ...rest, accounts, totals: [total] } };
}

function row(accountId: string, amounts: Amounts): AccountBalance {
  return { accountId, currency: 'BRL', ...amounts };
}

function postingOf(date: number, amountMinor: number, movements: readonly Movement[]): Posting {
  const rest = { kind: 'OTHER', paymentMethod: 'CASH', currency: 'BRL' } as const;
  return { businessDate: asBusinessDate(date), amountMinor, movements, ...rest };
}

const CREDIT_A: Movement[] = [{ accountId: 'a', direction: 'CREDIT' }];
const A_TO_B: Movement[] = [
  { accountId: 'a', direction: 'DEBIT' },
  { accountId: 'b', direction: 'CREDIT' },
];

describe('a figure beyond what a balance can hold', () => {
  const full = row('a', still(MAX - 10));
  const days = [dayOf(TODAY, [full], { currency: 'BRL', ...still(MAX - 10) })];

  test('to the last cent', () => {
    const { figures } = post(days, calendar, postingOf(TODAY, 10, CREDIT_A));
    expect(figures[0]?.accounts[0]?.closingMinor).toBe(MAX);
    expect(() => post(days, calendar, postingOf(TODAY, 11, CREDIT_A))).toThrow(MoneyOverflowError);
  });

  test('in a later document', () => {
    expect(() => post(days, calendar, postingOf(TODAY - 1, 11, CREDIT_A))).toThrow(MoneyOverflowError);
    expect(post(days, calendar, postingOf(TODAY - 1, 10, CREDIT_A)).figures).toHaveLength(2);
  });

  test('in a total alone', () => {
    const credit: Movement[] = [{ accountId: 'b', direction: 'CREDIT' }];
    expect(() => post(days, calendar, postingOf(TODAY, 11, credit))).toThrow(MoneyOverflowError);
    expect(() => post(days, calendar, postingOf(TODAY, 10, credit))).not.toThrow();
  });

  test('is not one that only the first leg would make: a transfer changes no total', () => {
    const low = [row('a', still(0)), row('b', still(-MAX))];
    const standing = [dayOf(TODAY, low, { currency: 'BRL', ...still(-MAX) })];
    const { figures } = post(standing, calendar, postingOf(TODAY, ENTRY_MAX, A_TO_B));
    expect(figures[0]?.totals[0]).toMatchObject({
      creditsMinor: ENTRY_MAX,
      debitsMinor: ENTRY_MAX,
      closingMinor: -MAX,
    });
  });

  test('in credits, although the closing is small', () => {
    const amounts = { openingMinor: 0, creditsMinor: MAX - 5, debitsMinor: MAX - 5, closingMinor: 0 };
    const busy = { ...amounts, creditCount: 9007, debitCount: 9007 };
    const standing = [dayOf(TODAY, [row('a', busy)], { currency: 'BRL', ...busy })];
    expect(() => post(standing, calendar, postingOf(TODAY, 6, CREDIT_A))).toThrow(MoneyOverflowError);
    expect(() => post(standing, calendar, postingOf(TODAY, 5, CREDIT_A))).not.toThrow();
  });
});

describe('as a model in BigInt says', () => {
  const near = fc.oneof(
    fc.integer({ min: -MAX, max: -MAX + 2 * ENTRY_MAX }),
    fc.integer({ min: -ENTRY_MAX, max: ENTRY_MAX }),
    fc.integer({ min: MAX - 2 * ENTRY_MAX, max: MAX }),
  );
  const amountMinor = fc.oneof(fc.constant(ENTRY_MAX), fc.integer({ min: 1, max: ENTRY_MAX }));
  const direction = fc.constantFrom<Direction>('CREDIT', 'DEBIT');
  const movements = fc.oneof(
    direction.map((way): Movement[] => [{ accountId: 'a', direction: way }]),
    fc.constant(A_TO_B),
    fc.constant(A_TO_B.toReversed()),
  );

  test('two accounts, two days, one posting on the first, the second or between', () => {
    const date = fc.constantFrom(TODAY - 2, TODAY - 1, TODAY);
    let refused = 0;
    let posted = 0;
    fc.assert(
      fc.property(near, near, amountMinor, movements, date, (a, b, amount, legs, on) => {
        fc.pre(Number.isSafeInteger(a + b));
        const accounts = [row('a', still(a)), row('b', still(b))];
        const total = { currency: 'BRL', ...still(a + b) };
        const days = [dayOf(TODAY - 2, accounts, total), dayOf(TODAY, accounts, total)];
        const net = (id: string) =>
          legs.filter((leg) => leg.accountId === id).reduce((sum, leg) => sum + signed(leg, amount), 0n);
        const want = [
          BigInt(a) + net('a'),
          BigInt(b) + net('b'),
          BigInt(a) + BigInt(b) + net('a') + net('b'),
        ];
        const fits = want.every((minor) => minor <= BigInt(MAX) && minor >= -BigInt(MAX));
        if (!fits) {
          refused += 1;
          expect(() => post(days, calendar, postingOf(on, amount, legs))).toThrow(MoneyOverflowError);
          return;
        }
        posted += 1;
        const { figures } = post(days, calendar, postingOf(on, amount, legs));
        const last = figures.at(-1) as DayFigures;
        const rows: Amounts[] = [...last.accounts, ...last.totals];
        expect(rows.map((each) => BigInt(each.closingMinor))).toEqual(want);
        expect(figures).toHaveLength(on === TODAY ? 1 : 2);
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(refused, posted)).toBeGreaterThan(100);
  });
});

function signed(leg: Movement, amountMinor: number): bigint {
  return BigInt(leg.direction === 'CREDIT' ? amountMinor : -amountMinor);
}
