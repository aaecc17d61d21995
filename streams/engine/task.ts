/**
 * A task is the fold over one partition: its state, the records fetched but not yet processed, and the position up to which
 * the state has seen the input. The position and the state move together: both forward with every record, both back on
 * rollback. A task knows nothing of transactions beyond that; `commit.ts` decides what becomes of them.
 */
import type { LogRecord, PartitionBatch } from './ports.ts';
import type { Output, Topology, TransactionalState } from './topology.ts';
import { Trial } from './trial.ts';

type QueuedBatch = PartitionBatch & { isPrepared: boolean };

/** Why a task cannot process its next record now. */
export type Pause = {
  readonly reason: 'clock-ahead' | 'temporarily-unavailable' | 'deadly-record' | 'unreadable-batch';
  readonly untilMs: number;
};

export class Task<State extends TransactionalState> {
  readonly partition: number;
  readonly state: State;
  /** Set while the task has to wait; the worker skips it until then. */
  pause: Pause | null = null;
  readonly trial: Trial;
  readonly #topology: Topology<State>;
  #queue: QueuedBatch[] = [];
  #cursor = 0;
  #committed: number;
  #position: number;
  #fetchPosition: number;

  constructor(
    topology: Topology<State>,
    restored: { partition: number; state: State; position: number; trial?: Trial },
  ) {
    this.#topology = topology;
    this.trial = restored.trial ?? new Trial('');
    this.partition = restored.partition;
    this.state = restored.state;
    this.#committed = restored.position;
    this.#position = restored.position;
    this.#fetchPosition = restored.position;
  }

  /** Next offset to process; everything before it is in the state. */
  get position(): number {
    return this.#position;
  }

  /** Next offset to process as of the last commit. */
  get committed(): number {
    return this.#committed;
  }

  /** Next offset to fetch: behind everything queued. */
  get fetchPosition(): number {
    return this.#fetchPosition;
  }

  /** Whether something was processed or skipped since the last commit. */
  get isDirty(): boolean {
    return this.#position !== this.#committed;
  }

  /** The next record to process, if one was fetched. */
  get next(): LogRecord | undefined {
    return this.#queue[0]?.records[this.#cursor];
  }

  /** The same record, if everything it needs is known (see `prepare`). */
  get ready(): LogRecord | undefined {
    const head = this.#queue[0];
    return head?.isPrepared ? head.records[this.#cursor] : undefined;
  }

  /** How many fetched records wait. */
  get queued(): number {
    return this.#queue.reduce((sum, batch) => sum + batch.records.length, -this.#cursor);
  }

  /** Puts a fetched batch behind what is queued. */
  enqueue(batch: PartitionBatch): void {
    this.#queue.push({ ...batch, isPrepared: false });
    this.#fetchPosition = batch.nextOffset;
    this.#skipExhausted();
  }

  /**
   * Sees to it that the queued records can be processed. Null if nothing is missing for any of them; else a promise that one
   * more batch is `ready`, which fails like `Topology.prepare`.
   */
  prepare(): Promise<void> | null {
    for (const batch of this.#queue) {
      if (batch.isPrepared) continue;
      const learning = this.#topology.prepare(batch.records);
      if (learning !== null) return markPrepared(batch, learning);
      batch.isPrepared = true;
    }
    return null;
  }

  /** Processes the record that is `ready`. An error here is a bug; it names the record. */
  processNext(out: Output): void {
    const record = this.ready;
    if (record === undefined) throw new Error(`no record is ready in partition ${this.partition}`);
    try {
      this.#topology.process(this.state, record, out);
    } catch (cause) {
      const place = `${this.#topology.source}-${this.partition} at offset ${record.offset}`;
      throw new Error(`the record of ${place} could not be processed; nothing of it was published`, {
        cause,
      });
    }
    this.#cursor += 1;
    this.#position = record.offset + 1;
    this.#skipExhausted();
  }

  /** Publishes what the open transaction touched. */
  flush(out: Output): void {
    this.#topology.flush(this.state, out);
  }

  commit(): void {
    this.state.commit();
    this.trial.committed();
    this.#committed = this.#position;
  }

  /** Back to the last commit; what was fetched is forgotten, because it has to be processed again from there. */
  rollback(): void {
    this.state.rollback();
    this.#queue = [];
    this.#cursor = 0;
    this.#position = this.#committed;
    this.#fetchPosition = this.#committed;
  }

  /** Steps over batches that are used up, also empty ones (only control records or aborted data): they move the position too. */
  #skipExhausted(): void {
    for (let head = this.#queue[0]; head && this.#cursor >= head.records.length; head = this.#queue[0]) {
      this.#position = head.nextOffset;
      this.#cursor = 0;
      this.#queue.shift();
    }
  }
}

async function markPrepared(batch: QueuedBatch, learning: Promise<void>): Promise<void> {
  await learning;
  batch.isPrepared = true;
}
