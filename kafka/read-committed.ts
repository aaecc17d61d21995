/**
 * What a read_committed reader may see of a fetch answer: records outside transactions and records of committed ones. The
 * broker stops its answer at the last stable offset and lists the aborted transactions in it; leaving those out is the reader's
 * work, and this is it. It needs no memory between answers: the broker's list covers every aborted batch of its answer.
 */
import {
  isAbortMarker,
  type LogRecord,
  type RecordBatch,
  readRecords,
  recordBatches,
} from './record-batch-reader.ts';
import type { AbortedTransaction } from './requests.ts';

export type FetchedBytes = { readonly records: Buffer; readonly aborted: readonly AbortedTransaction[] };

export type CommittedRecords = {
  readonly records: LogRecord[];
  /** Behind the last complete batch looked at, whether it was shown or not; `from` if there was none. */
  readonly nextOffset: number;
};

/** The committed records from `from` up to, not including, `to`. */
export function committedRecords(
  fetched: FetchedBytes,
  range: { readonly from: number; readonly to: number },
): CommittedRecords {
  const filter = new AbortedFilter(fetched.aborted);
  const records: LogRecord[] = [];
  let nextOffset = range.from;
  for (const batch of recordBatches(fetched.records)) {
    const isVisible = filter.isVisible(batch);
    if (batch.lastOffset < range.from) continue;
    if (isVisible && batch.baseOffset < range.to) readRecords(batch, range, records);
    nextOffset = batch.lastOffset + 1;
  }
  return { records, nextOffset };
}

/** Must be shown every batch in the order of the log: a producer counts as aborted from its list entry to its abort marker. */
class AbortedFilter {
  readonly #coming: AbortedTransaction[];
  readonly #aborting = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = aborted.toSorted((a, b) => b.firstOffset - a.firstOffset);
  }

  isVisible(batch: RecordBatch): boolean {
    for (let next = this.#coming.at(-1); next !== undefined; next = this.#coming.at(-1)) {
      if (next.firstOffset > batch.lastOffset) break;
      this.#aborting.add(next.producerId);
      this.#coming.pop();
    }
    if (batch.isControl) {
      if (isAbortMarker(batch)) this.#aborting.delete(batch.producerId);
      return false;
    }
    return !(batch.isTransactional && this.#aborting.has(batch.producerId));
  }
}
