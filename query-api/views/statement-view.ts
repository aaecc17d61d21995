/**
 * Where the query API reads what a statement shows: the lines of the balance documents and the entries behind them, out of one moment that
 * stays the same for as long as the statement is read. What a statement view promises: documents and entries are of the same `head`; a
 * moment in which they do not agree is not shown (`LedgerUnavailableError`); entries come in pages, the next one when it is asked for.
 * `naive-statements.ts` says in the plainest way what that must be.
 */
import type { AccountBalanceBody, StatementEntryBody } from '@fluxo/schemas';
import { type DateSpan, LedgerUnavailableError } from './ledger-view.ts';

/** What the document of a day says of an account. */
export type DayLine = AccountBalanceBody & { readonly businessDate: string };

export type StatementQuestion = {
  readonly merchantId: string;
  readonly dates: DateSpan;
  /** Null: every account. */
  readonly accountId: string | null;
};

/** Which entries of the reading: of an account, in the order of the ledger within each day, days in order. */
export type EntriesOfAccount = { readonly accountId: string; readonly dates: DateSpan };

/** A moment of a merchant's books that is held until it is closed. */
export interface StatementReading {
  /** The last record of the ledger that is taken into account. */
  readonly head: { readonly ledgerSeq: number; readonly recordedAt: string };
  /** Through which day the books were closed then; null: none was. */
  readonly closedThrough: string | null;
  /** What each account came to before the first of the days; an account that is missing had no entry yet. */
  readonly openings: ReadonlyMap<string, { readonly currency: string; readonly minor: number }>;
  /** The lines of days on which the account moved, by account (as bytes), then by date. */
  readonly lines: readonly DayLine[];
  entries(question: EntriesOfAccount): AsyncGenerator<readonly StatementEntryBody[]>;
  /** Lets go of the moment; may be called more than once, and while a page is being read. */
  close(): Promise<void>;
}

export interface StatementView {
  /** Throws `LedgerUnavailableError`, and `StatementsBusyError` where as many are being read as may be. */
  open(question: StatementQuestion): Promise<StatementReading>;
}

/** As many statements are being read as may be: nothing is wrong with anything. */
export class StatementsBusyError extends Error {
  override readonly name = 'StatementsBusyError';
  readonly code = 'statements-busy';
}

/** Where nobody has said which Postgres to read. */
export const noStatements: StatementView = {
  open: async () => {
    throw new LedgerUnavailableError('this process was started without FLUXO_POSTGRES');
  },
};
