/**
 * What a topology is to the engine: how one input record changes the state of its partition and what it publishes. The
 * engine calls `process` for every record in offset order, `flush` once before each commit, and rebuilds the state of a
 * partition from what was published, in the order of `restore` (outputs are the state: spec.md section 1, rule 2).
 *
 * A topology is deterministic: the same records give the same outputs, however they are cut into transactions. It reads no
 * clock and draws no chance.
 */
import type { LogRecord, RecordHeaders } from './ports.ts';

export interface Topology<State extends TransactionalState> {
  /** The input topic. Outputs go to the same partition number of their topic. */
  readonly source: string;
  createState(partition: number): State;
  /** How the state of a partition is rebuilt, step after step, each step reading its topic completely. */
  readonly restore: readonly RestoreStep<State>[];
  /**
   * Called after the last restore step, before the first record, with the input offset up to which the results should be
   * there (null: none was committed yet). Throws when what was restored cannot be right.
   */
  restored(state: State, committed: number | null): void;
  /**
   * Called before these records are processed: null if nothing is missing for them, or a promise of what cannot be done
   * synchronously, such as learning a schema. It fails with `temporarily-unavailable` when it must be tried again later; the
   * partition waits as long as it takes, and nothing is lost.
   */
  prepare(records: readonly LogRecord[]): Promise<void> | null;
  process(state: State, record: LogRecord, out: Output): void;
  /** Publishes what is published once a transaction: the last state of everything it touched. */
  flush(state: State, out: Output): void;
}

/** State that may run ahead of the commit and can go back: `UndoLog` is one way. */
export interface TransactionalState {
  /** About how many bytes `flush` would publish now; counts towards the size of the transaction. */
  readonly pendingBytes: number;
  /** What was done since the last commit is now certain. */
  commit(): void;
  /** Everything done since the last commit is undone. */
  rollback(): void;
}

export type RestoreStep<State> = {
  readonly topic: string;
  /**
   * Where to start reading: the whole topic, or what the broker appended at or after this time (epoch milliseconds). What stands last
   * is always read, because no transaction before the end may still be open.
   */
  from(state: State): 'start' | { readonly timestampMs: number };
  /** The topic is compacted, and a later record of a key says everything an earlier one said: earlier ones may be left out. */
  readonly isCompacted?: boolean;
  /** Told before the first record how many offsets are to be read: there will not be more records than that, and often fewer. */
  expect?(state: State, offsets: number): void;
  apply(state: State, record: LogRecord): void;
  /** How what this step rebuilds can be kept between lives of the process; at most one step has it. */
  readonly checkpoint?: Checkpointed<State>;
};

/** What a restore step rebuilds, as blocks of bytes that a checkpoint keeps. */
export interface Checkpointed<State> {
  /** Says what the blocks mean. It must change with whatever `load` or `process` would understand differently. */
  readonly format: string;
  /**
   * What the step would have rebuilt by now; called when no transaction is open. The blocks are read while the state goes on
   * changing and say what stood there at the call, until they are all read or `save` is called again.
   */
  save(state: State): Iterable<Uint8Array>;
  /**
   * Puts it into a state in which the steps before this one are done. `apply` follows with every record since, and may get some
   * again whose results are there already. Fails if the blocks cannot be of this state; `restored` may still find that out.
   */
  load(state: State, blocks: AsyncIterable<Uint8Array>): Promise<void>;
}

/** Where a topology puts its output records; the partition is that of the input. */
export interface Output {
  emit(topic: string, key: Uint8Array | null, value: Uint8Array, headers?: RecordHeaders): void;
}
