/**
 * Random lives of a merchant: till clocks that lag and run ahead, a broker's clock that steps back, ids used again,
 * closings, reversals of anything, changes of calendar. Few ids and few days, so that submissions run into each other.
 */
import fc from 'fast-check';
import {
  type Book,
  closing,
  configuration,
  type Draft,
  date,
  entry,
  local,
  openBook,
  reopening,
  reversal,
  transfer,
} from './book.fixture.ts';
import type { Decision } from './decision.ts';

const DAY_MS = 86_400_000;
const START = local('2026-03-10 12:00');
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

/** A submission, and how long before it is made it occurred. */
type Timed = { readonly draft: Draft; readonly agoMs: number };
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
export const anyLife: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(step, { minLength: 20, maxLength: 60 }),
  zone: fc.constantFrom(...ZONES),
  lateEntries: fc.constantFrom('BOOK_TODAY', 'REJECT'),
  backdateLimitDays: fc.constantFrom(0, 3, 30),
});

export type Life = {
  readonly zone: string;
  readonly lateEntries: string;
  readonly backdateLimitDays: number;
  readonly steps: readonly {
    readonly submission: Timed;
    /** After the step before; clocks step back, too. */
    readonly afterMs: number;
    readonly again: boolean;
  }[];
};

/** What happened in one step. */
export type Lived = {
  readonly draft: Draft;
  readonly recordedAt: number;
  readonly decision: Decision;
  /** The sender shall say it once more. */
  readonly again: boolean;
};

/** Lives a life; `onDecided` sees the book after each submission. */
export function live(life: Life, onDecided: (book: Book, lived: Lived) => void = () => {}): Book {
  const { steps, ...settings } = life;
  const book = openBook(settings);
  let recordedAt = START;
  for (const { submission: made, afterMs, again } of steps) {
    recordedAt += afterMs;
    const draft = withTimes(made, recordedAt);
    const decision = book.submit(draft, recordedAt);
    onDecided(book, { draft, recordedAt, decision, again });
  }
  return book;
}

function withTimes({ draft, agoMs: ago }: Timed, now: number): Draft {
  const occurred = draft.occurs ? { occurredAt: now - ago } : {};
  return { ...draft, fields: { ...draft.fields, submittedAt: now, ...occurred } };
}
