/**
 * Where the day-end export reads: the closings of the ledger in the order in which each partition got them, and the books of a day as they
 * stood at one of them. What is promised: a closing that was shown stays where it is and none appears before it; the books of a day at a
 * closing are the same whenever they are asked for. `postgres-closings.ts` reads both out of the tables.
 */
import type { ClosingFile } from '@fluxo/schemas';
import type { Statement, StatementParts } from '../statements/statement.ts';

/** A DayClosed of the ledger. It closed the day it names and all earlier ones with it. */
export type Closing = ClosingFile['closing'] & {
  readonly merchantId: string;
  /** Where its submission stands: what orders the closings of a partition. */
  readonly sourceOffset: number;
};

/** The statement of one day as of a closing; its parts can be read once, until the work it was opened for ends. */
export type BooksOfDay = { readonly statement: Statement; readonly parts: StatementParts };

export interface Closings {
  /** Partitions of the ledger that have anything. */
  partitions(): Promise<readonly number[]>;
  /** The next closings of the partition, at most `limit`, behind the one with this source offset (−1: from the beginning). */
  behind(partition: number, sourceOffset: number, limit: number): Promise<readonly Closing[]>;
  /** The days that this closing closed and that have entries, and the one it names: oldest first, YYYY-MM-DD. */
  daysOf(closing: Closing): Promise<readonly string[]>;
  /** Hands the books of the day, as they stood when this closing was written, to `work`. */
  readDay<T>(closing: Closing, businessDate: string, work: (books: BooksOfDay) => Promise<T>): Promise<T>;
}
