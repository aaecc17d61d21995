/**
 * The invariants of spec.md section 4 that the domain must keep, over random lives of a merchant: till clocks that lag and
 * run ahead, a broker's clock that steps back, ids used again, closings, reversals of anything, changes of calendar. Few ids
 * and few days, so that submissions run into each other. After each life the documents are compared with a naive recount of
 * its postings, which shares no code with the package.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DayFigures } from '../balance/day-figures.ts';
import { startOfDay } from '../calendar/business-day.ts';
import { addDays, type BusinessDate, DAY_MS } from '../calendar/calendar-date.ts';
import {
  type Book,
  closing,
  configuration,
  type Draft,
  date,
  entry,
  reopening,
  reversal,
  transfer,
} from './book.fixture.ts';
import type { EntryPosted } from './ledger-event.ts';
import { type Life, live, type Timed } from './life.fixture.ts';

const CUTTING_DOWN_MS_MAX = 15_000;
const ZONES = ['America/Sao_Paulo', 'Australia/Lord_Howe', 'Africa/Cairo', 'Pacific/Kiritimati', 'UTC'];

const id = fc.integer({ min: 2, max: 60 });
const agoMs = fc.oneof(fc.constant(0), fc.integer({ min: -4 * 60_000, max: 15 * DAY_MS }));
const amountMinor = fc.integer({ min: 1, max: 1_000 });
const dayText = fc.integer({ min: 1, max: 28 }).map((day) => `2026-03-${String(day).padStart(2, '0')}`);
const money = fc.constantFrom(
  { accountId: 'drawer', currency: 'BRL' },
  { accountId: 'safe', currency: 'BRL' },
  { accountId: 'dollars', currency: 'USD' },
);
const entryFields = fc.record({
  amountMinor,
  direction: fc.constantFrom('CREDIT', 'DEBIT'),
  kind: fc.constantFrom('ADJUSTMENT', 'OTHER'),
  paymentMethod: fc.constantFrom('CASH', 'PIX'),
});

const timed = (draft: fc.Arbitrary<Draft>): fc.Arbitrary<Timed> => fc.record({ draft, agoMs });
const submission: fc.Arbitrary<Timed> = fc.oneof(
  {
    weight: 6,
    arbitrary: timed(
      fc.tuple(id, entryFields, money).map(([n, fields, on]) => entry(n, { ...fields, ...on })),
    ),
  },
  {
    weight: 2,
    arbitrary: timed(fc.tuple(id, amountMinor).map(([n, minor]) => transfer(n, { amountMinor: minor }))),
  },
  { weight: 3, arbitrary: timed(fc.tuple(id, id).map(([n, original]) => reversal(n, original))) },
  { weight: 1, arbitrary: timed(fc.tuple(id, dayText).map(([n, day]) => closing(n, day))) },
  { weight: 1, arbitrary: timed(fc.tuple(id, dayText).map(([n, day]) => reopening(n, day))) },
  {
    weight: 1,
    arbitrary: timed(
      fc
        .tuple(id, fc.constantFrom(...ZONES), fc.constantFrom(0, 90, 240), dayText)
        .map(([n, zone, cutoffMinutes, day]) =>
          configuration(n, { zone, cutoffMinutes, effectiveFrom: date(day) }),
        ),
    ),
  },
);
const step = fc.record({
  submission,
  afterMs: fc.integer({ min: -3_600_000, max: DAY_MS }),
  again: fc.boolean(),
});
const anyLife: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(step, { minLength: 20, maxLength: 60 }),
  zone: fc.constantFrom(...ZONES),
  lateEntries: fc.constantFrom('BOOK_TODAY', 'REJECT'),
  backdateLimitDays: fc.constantFrom(0, 3, 30),
});

/** A failing life is cut down to a short one, but not for ever. */
function runs(numRuns: number): fc.Parameters<[Life]> {
  return { numRuns, interruptAfterTimeLimit: CUTTING_DOWN_MS_MAX };
}

function postingsOf(book: Book): EntryPosted[] {
  return book.events.flatMap((event) => (event.type === 'EntryPosted' ? [event.value] : []));
}

function signed({ direction, amountMinor: minor }: EntryPosted): number {
  return direction === 'CREDIT' ? minor : -minor;
}

type Row = { openingMinor: number; creditsMinor: number; debitsMinor: number; closingMinor: number };
type Counted = Row & { creditCount: number; debitCount: number };

/** I3, naively: what these postings make of a day. */
function recount(postings: readonly EntryPosted[], day: BusinessDate): Counted {
  const row = {
    openingMinor: 0,
    creditsMinor: 0,
    debitsMinor: 0,
    closingMinor: 0,
    creditCount: 0,
    debitCount: 0,
  };
  for (const posted of postings) {
    if (posted.businessDate > day) continue;
    row.closingMinor += signed(posted);
    if (posted.businessDate < day) row.openingMinor += signed(posted);
    else if (posted.direction === 'CREDIT') {
      row.creditsMinor += posted.amountMinor;
      row.creditCount += 1;
    } else {
      row.debitsMinor += posted.amountMinor;
      row.debitCount += 1;
    }
  }
  return row;
}

function names(postings: readonly EntryPosted[], nameOf: (posted: EntryPosted) => string): string[] {
  return [...new Set(postings.map(nameOf))].toSorted();
}

/** The whole document of a day from the postings alone. */
function documentOf(book: Book, day: BusinessDate): Omit<DayFigures, 'zone' | 'cutoffMinutes'> {
  const upTo = postingsOf(book).filter((posted) => posted.businessDate <= day);
  const here = upTo.filter((posted) => posted.businessDate === day);
  const movements = (of: readonly EntryPosted[]) => {
    const { creditsMinor, debitsMinor, creditCount, debitCount } = recount(of, day);
    return { creditsMinor, debitsMinor, count: creditCount + debitCount };
  };
  return {
    businessDate: day,
    dayStart: startOfDay(book.settings.calendar, day),
    accounts: names(upTo, (posted) => posted.accountId).map((accountId) => {
      const own = upTo.filter((posted) => posted.accountId === accountId);
      return { accountId, currency: own[0]?.currency ?? '', ...recount(own, day) };
    }),
    totals: names(upTo, (posted) => posted.currency).map((currency) => ({
      currency,
      ...recount(
        upTo.filter((posted) => posted.currency === currency),
        day,
      ),
    })),
    byKind: names(here, (posted) => `${posted.currency} ${posted.kind}`).map((name) => {
      const own = here.filter((posted) => `${posted.currency} ${posted.kind}` === name);
      const { currency, kind } = own[0] as EntryPosted;
      return { currency, kind, ...movements(own) };
    }),
    byMethod: names(here, (posted) => `${posted.currency} ${posted.paymentMethod}`).map((name) => {
      const own = here.filter((posted) => `${posted.currency} ${posted.paymentMethod}` === name);
      const { currency, paymentMethod } = own[0] as EntryPosted;
      return { currency, paymentMethod, ...movements(own) };
    }),
  };
}

function sum(
  rows: readonly { readonly creditsMinor: number; readonly debitsMinor: number }[],
): [number, number] {
  return rows.reduce<[number, number]>(
    ([credits, debits], row) => [credits + row.creditsMinor, debits + row.debitsMinor],
    [0, 0],
  );
}

describe('over random lives of a merchant', () => {
  test('I3: every document is what its postings make of it, and each day with a posting has one', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const book = live(life);
        const days = [...new Set(postingsOf(book).map((posted) => posted.businessDate))].toSorted(
          (a, b) => a - b,
        );
        const documents = book.days.map(
          ({ figures: { zone: _z, cutoffMinutes: _c, ...figures } }) => figures,
        );
        expect(documents).toEqual(days.map((day) => documentOf(book, day)));
      }),
      runs(150),
    );
  });

  test('I1, I2, I4: rows add up, days follow on each other, totals are the sum of what they total', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const closings = new Map<string, number>();
        for (const { figures } of live(life).days) {
          for (const row of [...figures.accounts, ...figures.totals])
            expect(row.closingMinor).toBe(row.openingMinor + row.creditsMinor - row.debitsMinor);
          for (const row of figures.accounts) {
            expect(row.openingMinor).toBe(closings.get(row.accountId) ?? 0);
            closings.set(row.accountId, row.closingMinor);
          }
          for (const total of figures.totals) {
            const ofCurrency = (row: { readonly currency: string }) => row.currency === total.currency;
            const expected = [total.creditsMinor, total.debitsMinor];
            expect(sum(figures.accounts.filter(ofCurrency))).toEqual(expected);
            expect(sum(figures.byKind.filter(ofCurrency))).toEqual(expected);
            expect(sum(figures.byMethod.filter(ofCurrency))).toEqual(expected);
          }
        }
      }),
      runs(100),
    );
  });

  test('I5: ledgerSeq has no gap; documents stay sorted, one per day', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        let seen = 0;
        live(life, (book) => {
          for (const { value } of book.events.slice(seen)) {
            seen += 1;
            expect(value.ledgerSeq).toBe(seen);
          }
          const dates = book.days.map(({ figures }) => figures.businessDate);
          expect(dates).toEqual(dates.toSorted((a, b) => a - b));
          expect(new Set(dates).size).toBe(dates.length);
        });
      }),
      runs(100),
    );
  });

  test('I7: what is said again has no second effect', () => {
    let duplicates = 0;
    fc.assert(
      fc.property(anyLife, (life) => {
        const once = live(life);
        const twice = live(life, (book, { draft, recordedAt, decision, again }) => {
          if (!again || decision.kind !== 'accepted') return;
          expect(book.outcome(draft, recordedAt + 60_000)).toBe('duplicate');
          duplicates += 1;
        });
        expect(twice.ledger()).toEqual(once.ledger());
        expect(twice.page()).toEqual(once.page());
      }),
      runs(50),
    );
    expect(duplicates).toBeGreaterThan(100);
  });

  test('I8: nothing is reversed twice, and original and reversal come to nothing', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const postings = postingsOf(live(life));
        const reversals = postings.filter((posted) => posted.reversesEntryId !== null);
        const ids = reversals.map((posted) => `${posted.reversesEntryId} ${posted.leg}`);
        expect(new Set(ids).size).toBe(ids.length);
        for (const posted of reversals) {
          const pair = [posted.entryId, posted.reversesEntryId];
          const both = postings.filter(({ entryId, leg }) => pair.includes(entryId) && leg === posted.leg);
          expect(both.map(({ accountId, currency }) => `${accountId} ${currency}`)).toEqual(
            Array.from(both, () => `${posted.accountId} ${posted.currency}`),
          );
          expect(both).toHaveLength(2);
          expect(both.reduce((total, each) => total + signed(each), 0)).toBe(0);
        }
      }),
      runs(100),
    );
  });

  test('I9: both legs of a transfer or neither, one after the other, equal and opposite', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const postings = postingsOf(live(life));
        for (const [index, posted] of postings.entries()) {
          if (posted.leg === 'SINGLE') continue;
          const other = postings[posted.leg === 'FROM' ? index + 1 : index - 1] as EntryPosted;
          expect([other.entryId, other.businessDate, other.currency]).toEqual([
            posted.entryId,
            posted.businessDate,
            posted.currency,
          ]);
          expect(other.leg).toBe(posted.leg === 'FROM' ? 'TO' : 'FROM');
          expect(signed(other) + signed(posted)).toBe(0);
        }
      }),
      runs(100),
    );
  });

  test('I12: the same life gives the same ledger, and the ledger alone gives the same memory of ids', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const book = live(life);
        expect(live(life).events).toEqual(book.events);
        expect(new Map(book.restoredIds)).toEqual(new Map(book.ids));
      }),
      runs(100),
    );
  });

  test('I13: nothing is posted on a closed day', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        let closedThrough: BusinessDate | null = null;
        let seen = 0;
        const check = (book: Book): void => {
          for (const { type, value } of book.events.slice(seen)) {
            if (type === 'EntryPosted') expect(value.businessDate).toBeGreaterThan(closedThrough ?? 0);
            if (type === 'DayClosed') closedThrough = value.businessDate;
            if (type === 'DayReopened') closedThrough = addDays(value.businessDate, -1);
          }
          seen = book.events.length;
        };
        live(life, check);
      }),
      runs(100),
    );
  });

  test('the past never changes: no configuration moves the start of a day that has a document', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        live(life, (book) => {
          for (const { figures } of book.days)
            expect(startOfDay(book.settings.calendar, figures.businessDate)).toBe(figures.dayStart);
        });
      }),
      runs(50),
    );
  });
});

test('the lives lived here really meet what they are about', () => {
  const met = new Map<string, number>();
  for (const life of fc.sample(anyLife, { numRuns: 100, seed: 7 })) {
    for (const { type, value } of live(life).events) {
      const name = type === 'EntryPosted' ? `${value.kind} ${value.leg}` : type;
      met.set(name, (met.get(name) ?? 0) + 1);
      if (type === 'EntryPosted' && value.originalBusinessDate !== null)
        met.set('late', (met.get('late') ?? 0) + 1);
    }
  }
  const expected = [
    'OTHER SINGLE',
    'TRANSFER TO',
    'REVERSAL SINGLE',
    'REVERSAL TO',
    'DayClosed',
    'DayReopened',
    'late',
  ];
  expect(expected.filter((name) => (met.get(name) ?? 0) < 10)).toEqual([]);
});
