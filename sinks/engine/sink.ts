/**
 * The contract of a sink: a place outside Kafka that mirrors a topic.
 *
 * Delivery is at least once: after a crash, a rebalance or a retry the same records come again, a stopped process may wake up
 * and write what others have long overtaken, and two instances may write one key at the same time. A sink turns that into an
 * effect that happens exactly once by two rules. *The guard*: of a topic whose keys come again a record is written only if its
 * revision is higher than the one stored; of one that is only appended to, a record is written under its own identity and only if nothing is
 * there yet. Either way comparison and write are one atomic step in the store. *The position*: how far a partition has been written is
 * kept in the store, next to the data, so that both are lost, restored or set back together; a store that was flushed, replaced
 * or restored from an old copy then says itself from where it needs the topic again. What the consumer group has committed
 * is for those who watch lag; nobody reads it to go on.
 *
 * A sink does no arithmetic and no translation: what it would have to compute, the topology should have published.
 */
import type { LogRecord } from './ports.ts';

/** A stretch of one partition: the records between `fromOffset` and `nextOffset`, in order; none of them where it only confirms. */
export type SinkBatch = {
  readonly partition: number;
  /** Where the store must stand for this batch to follow on. */
  readonly fromOffset: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  /** Whether the store, once this is written, holds all that the topic held when the loop last connected. */
  readonly isComplete: boolean;
};

/** What became of the records of a write. */
export type WriteCount = {
  readonly written: number;
  /** Not written because the store had the same revision or a higher one, or the very record. */
  readonly refused: number;
};

export interface Sink {
  /**
   * Makes sure the store is there and is ours, and returns how far it has been written (partition → next offset). A partition
   * it knows nothing about is left out: it starts at the beginning of the topic. Called again whenever partitions are assigned
   * and after `PositionLostError`.
   */
  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /**
   * Writes the records, then moves the positions; resolves when the store has acknowledged both. Batches without records are
   * given now and then so that a store that was lost while nothing happened is noticed.
   */
  write(batches: readonly SinkBatch[]): Promise<WriteCount>;
  /** Lets go of the store. Never throws. */
  close(): Promise<void>;
}

/** The store does not take this now (down, slow, full, starting up): write the same again after a pause. */
export class RetriableSinkError extends Error {
  override readonly name = 'RetriableSinkError';
  readonly code = 'sink-unavailable';
}

/** The store does not stand where this process left it (flushed, replaced, set back, written by another): connect again. */
export class PositionLostError extends Error {
  override readonly name = 'PositionLostError';
  readonly code = 'sink-position-lost';
}

/** Going on could damage something or cannot succeed: the process ends, and the message says what to do. */
export class SinkRefusedError extends Error {
  override readonly name = 'SinkRefusedError';
  readonly code = 'sink-refused';
}
