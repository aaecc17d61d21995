/** What the engine tells about itself while it works; metrics and logs are made of it. Every method must be quick and never throw. */
import type { FailureCode } from './errors.ts';
import type { Pause } from './task.ts';

/**
 * What became of a transaction. After anything but 'committed' the tasks stand at their last commit and fetched records are gone.
 * 'doubtful': a request stayed without an answer. The offsets say what became of the transaction, but whether the outputs say
 * the same only a restore can tell, so the tasks are given up.
 */
export type CommitOutcome = 'committed' | 'rolled-back' | 'membership-lost' | 'doubtful';

export interface EngineObserver {
  assigned(partitions: readonly number[]): void;
  /** A batch was read back; `remaining`: offsets of this topic still to be read, an upper bound. */
  restoring(progress: { partition: number; topic: string; remaining: number }): void;
  /** `checkpointPosition`: the input position of the checkpoint that the restore began with; null: none. */
  restored(done: {
    partition: number;
    records: number;
    durationMs: number;
    position: number;
    checkpointPosition: number | null;
  }): void;
  /** A checkpoint was written; `durationMs` includes waiting for the disk. */
  checkpointed(done: { partition: number; bytes: number; durationMs: number }): void;
  /** A checkpoint is not trusted, and removed: the partition is restored from the topics alone. */
  checkpointRefused(partition: number, error: Error): void;
  committed(done: { records: number; outputs: number; outputBytes: number; durationMs: number }): void;
  /** A transaction failed; `outcome` is what the committed offsets said became of it, also where more has to be found out. */
  settled(done: { cause: FailureCode; outcome: CommitOutcome; error: unknown }): void;
  paused(partition: number, pause: Pause, error?: unknown): void;
  retrying(what: string, error: unknown): void;
}
