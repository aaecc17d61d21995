/**
 * What a read_committed reader may see of a fetch answer: records outside transactions and records of committed ones. The
 * broker stops its answer at the last stable offset and lists the aborted transactions in it; leaving those out is the reader's
 * work, and this is it. It needs no memory between answers: the broker's list covers every aborted batch of its answer.
 */
import { KafkaFailure, UnreadableBatch } from './kafka-failure.ts';
import {
  isAbortMarker,
  type LogRecord,
  type RecordBatch,
  readRecords,
  recordBatches,
} from './record-batch-reader.ts';
import type { AbortedTransaction } from './requests.ts';

type FetchedBytes = { readonly records: Buffer; readonly aborted: readonly AbortedTransaction[] };

type CommittedRecords = {
  readonly records: LogRecord[];
  /** Behind the last complete batch looked at, whether it was shown or not; `from` if there was none. */
  readonly nextOffset: number;
};

type Range = { readonly from: number; readonly to: number };

/**
 * Once the records of an answer hold more than this, what follows is left to the next fetch: an answer's 1 MiB may come to gigabytes
 * when it is decompressed, of which each batch alone is within its limit.
 */
const HELD_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The committed records from `from` up to, not including, `to`. Fails with `corrupt-log` where the first batch cannot be read; what
 * stands before a later one is shown, and the next fetch begins with it.
 */
export function committedRecords(fetched: FetchedBytes, range: Range): CommittedRecords {
  const records: LogRecord[] = [];
  let nextOffset = range.from;
  let count = 0;
  try {
    for (nextOffset of positionsBehind(fetched, range, records)) count = records.length;
  } catch (failure) {
    if (!(failure instanceof KafkaFailure) || nextOffset === range.from) throw failure;
    records.length = count; // without the beginning of what cannot be read
  }
  return { records, nextOffset };
}

/** Adds the records of batch after batch; yields where each one ends. */
function* positionsBehind(fetched: FetchedBytes, range: Range, into: LogRecord[]): Generator<number> {
  const filter = new AbortedFilter(fetched.aborted);
  let heldBytes = 0;
  for (const batch of recordBatches(fetched.records)) {
    const isVisible = filter.isVisible(batch);
    if (batch.lastOffset < range.from) continue;
    if (isVisible && batch.baseOffset < range.to) heldBytes += readVisible(batch, range, into);
    yield batch.lastOffset + 1;
    if (heldBytes > HELD_BYTES_MAX) return;
  }
}

function readVisible(batch: RecordBatch, range: Range, into: LogRecord[]): number {
  try {
    return readRecords(batch, range, into);
  } catch (failure) {
    throw failure instanceof KafkaFailure ? new UnreadableBatch(batch, failure) : failure;
  }
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
