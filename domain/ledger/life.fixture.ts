/**
 * The life of a merchant as a list of submissions with times between them, lived in a book from one noon on. Tests make the
 * lists up.
 */
import { type Book, type Draft, local, openBook } from './book.fixture.ts';
import type { Decision } from './decision.ts';

const START = local('2026-03-10 12:00');

/** A submission, and how long before it is made it occurred. */
export type Timed = { readonly draft: Draft; readonly agoMs: number };

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
type Lived = {
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
