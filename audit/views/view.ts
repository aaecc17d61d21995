/**
 * A view as the judge sees it: a place outside Kafka that shows the documents of the topics. The next store is judged by one more
 * implementation of these three members. A view counts in whole documents: one that it lacks is a difference, not a gap to
 * be explained.
 */
import type { JsonObject } from '@fluxo/kafka';
import type { Slice } from '../slice.ts';

/** The documents of a merchant in the topics, by what must be looked for. */
export type KnownMerchant = {
  readonly merchantId: string;
  /** Business dates, YYYY-MM-DD, in order. */
  readonly days: readonly string[];
  /** Its own revision; 0: it is not in the topic of merchants. */
  readonly revision: number;
  /** The greatest revision of it and its days. */
  readonly head: number;
  /** The greatest among its days; 0 without any. */
  readonly daysHead: number;
};

/** What the view shows of one merchant: documents in the JSON form of their records. */
export type ShownMerchant = {
  readonly merchantId: string;
  readonly merchant: JsonObject | null;
  /** Business date, YYYY-MM-DD → its document. */
  readonly days: ReadonlyMap<string, JsonObject>;
  /** What is wrong with the view in itself: an index that lacks a day, a day carried over wrongly. */
  readonly problems: readonly ViewProblem[];
};

export type ViewProblem = {
  readonly key: string;
  readonly field: string;
  readonly expected: string | number;
  readonly found: string | number;
};

/** A refusal that the view keeps, by the submission it refused. Bytes in lower-case hex. */
export type ShownRejection = {
  readonly sourceOffset: number;
  readonly code: string;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  readonly key: string | null;
  /** Of the bytes that are kept. */
  readonly keptValueSha256: string;
  /** Of the whole value, as the refusal says it. */
  readonly valueSha256: string;
} & SubmissionStated;

/** What is kept of what the refused bytes say of themselves. Null: they do not say it, or not in its form. */
export type SubmissionStated = {
  /** Whose the refusal is: by its key, whatever the bytes say. */
  readonly merchantId: string | null;
  readonly submissionType: string | null;
  readonly submissionId: string | null;
  /** Epoch milliseconds. */
  readonly submittedAt: number | null;
};

export interface View {
  /** How people call it; the `where` of its differences. */
  readonly name: string;
  /** Names of further topics that it must have caught up with before it is judged. */
  readonly alsoFollows?: readonly string[];
  /**
   * The offset behind the last record of this topic's partition that the view shows; −1 if it does not say; `elsewhere` if it leaves that
   * partition to other processes, which are then views of their own. Fails with `view-unavailable`.
   */
  position(topic: string, partition: number): Promise<number | 'elsewhere'>;
  /**
   * Every known merchant, and every other one of the slice that the view shows, as far as it can be listed; each once, in no
   * particular order. Fails with `view-unavailable`.
   */
  show(slice: Slice, known: ReadonlyMap<string, KnownMerchant>): AsyncIterable<ShownMerchant>;
  /** The refusals of the slice that a view keeps, if it does, in the order of the submissions. Fails with `view-unavailable`. */
  rejections?(slice: Slice): AsyncIterable<ShownRejection>;
  close(): Promise<void>;
}
