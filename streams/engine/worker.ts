/**
 * One member of the processing group: joins, restores the partitions it is given, and then turns the same wheel for ever:
 * take what was fetched, process it, commit it, while the next fetch is under way. One thread, one transactional producer,
 * one open transaction, over all partitions of this process. More processes share the partitions; there is no other
 * clustering.
 *
 * A transaction is whatever is there when the last one has been committed (a natural batch), bounded by records, bytes and
 * time: small when it is quiet, so that latency stays low, large under load, so that its cost is shared.
 */
import { forEachAtOnce } from './at-once.ts';
import { Checkpointer, type CheckpointerOptions } from './checkpointer.ts';
import { type CommitPorts, commit } from './commit.ts';
import { failureCodeOf, isTransient, unreadablePartitionOf } from './errors.ts';
import { FETCH_WAIT_MS, InputFetch } from './input-fetch.ts';
import { Outbox } from './outbox.ts';
import type { Assignment, CommittedOffset, LogRecord } from './ports.ts';
import { RestoreInterrupted, type RestoreOptions } from './restore.ts';
import { Task } from './task.ts';
import type { TransactionalState } from './topology.ts';
import { Trials } from './trials.ts';

/** The limits of one transaction; the first one reached ends it. */
export type TransactionLimits = {
  readonly recordsMax: number;
  readonly outputBytesMax: number;
  readonly processingMsMax: number;
};

export const TRANSACTION_LIMITS: TransactionLimits = {
  recordsMax: 20_000,
  outputBytesMax: 16 * 1024 * 1024,
  processingMsMax: 250,
};

/** A record this far ahead of the wall clock stops its partition: a broker's clock has gone wrong (spec.md 3.7). */
export const CLOCK_AHEAD_MAX_MS = 10 * 60_000;

/** How long a task waits before it tries again what could not be reached. */
const PAUSE_MS = 1_000;

/** One partition is read while the other waits for the broker. More than two bring nothing: then the thread never waits. */
export const RESTORED_AT_ONCE = 2;

/** A task that holds this many fetched records is not fetched for: what waits is copied by the garbage collector for nothing. */
const QUEUED_RECORDS_MAX = 5_000;

export type WorkerOptions<State extends TransactionalState> = Omit<CommitPorts, 'isStopping'> &
  CheckpointerOptions<State> & { readonly limits?: TransactionLimits };

export class Worker<State extends TransactionalState> {
  readonly #options: WorkerOptions<State>;
  readonly #ports: CommitPorts;
  readonly #limits: TransactionLimits;
  readonly #tasks = new Map<number, Task<State>>();
  readonly #trials: Trials<State>;
  readonly #checkpointer: Checkpointer<State>;
  readonly #fetch: InputFetch;
  #assignment: Assignment | null = null;
  /** Tasks whose next records wait for something that was asked for. */
  readonly #preparing = new Set<Task<State>>();
  /** What went wrong in the background, for `run` to fail with. */
  #failure: { readonly error: unknown } | null = null;
  #firstPartition = 0;
  /** Also after a record made processing fail. */
  #isProcessing = false;
  #stopping = false;

  constructor(options: WorkerOptions<State>) {
    this.#options = options;
    this.#limits = options.limits ?? TRANSACTION_LIMITS;
    this.#ports = { ...options, isStopping: () => this.#stopping };
    this.#trials = new Trials({ ...this.#ports, source: options.topology.source });
    this.#checkpointer = new Checkpointer(options);
    this.#fetch = new InputFetch(options.group);
  }

  /** True while this member holds an assignment and all its partitions are restored. */
  get isReady(): boolean {
    return this.#assignment !== null && !this.#options.group.rebalancing;
  }

  /** Partition → next offset, as of the last commit. */
  get positions(): ReadonlyMap<number, number> {
    return new Map([...this.#tasks].map(([partition, task]) => [partition, task.committed]));
  }

  /** Partition → time of its next record, where one was fetched and waits to be processed; epoch milliseconds. */
  get waitingSinceMs(): ReadonlyMap<number, number | null> {
    return new Map([...this.#tasks].map(([partition, task]) => [partition, task.next?.timestampMs ?? null]));
  }

  /** Lets the open transaction finish, then ends `run`. */
  stop(): void {
    this.#stopping = true;
  }

  /** Works until `stop` is called. Fails with what the process cannot go on after; the process should then end. */
  async run(): Promise<void> {
    const { producer, group } = this.#options;
    await this.#untilReachable('registering the producer', () => producer.init());
    try {
      while (!this.#stopping) {
        if (this.#assignment === null || group.rebalancing) await this.#join();
        else await this.#turn();
      }
    } finally {
      if (!this.#isProcessing) await this.#trials.withdraw([...this.#tasks.values()], this.#assignment);
    }
    await this.#fetch.settled();
    const writeLast = await this.#checkpointer.last([...this.#tasks.values()], this.#assignment);
    await group.leave();
    await producer.close();
    await writeLast();
  }

  /** Joins the group and makes the tasks those of the new assignment; leaves none assigned if that was interrupted. */
  async #join(): Promise<void> {
    const { group, observer } = this.#options;
    this.#assignment = null;
    const assignment = await this.#untilReachable('joining the group', () => group.join());
    if (assignment === null) return;
    this.#fetch.forget();
    observer.assigned(assignment.partitions);
    try {
      await this.#adopt(assignment);
      this.#assignment = assignment;
    } catch (error) {
      if (!(error instanceof RestoreInterrupted) && !isTransient(error))
        await this.#throwIfMember(error, assignment);
      observer.retrying('taking over partitions', error);
      await this.#options.clock.sleep(50);
    }
  }

  /**
   * Throws this error, unless our place in the group was lost meanwhile. Whoever stood still while it restored has read what its
   * successor wrote since, so what it found wrong is only its own being late: it joins again.
   */
  async #throwIfMember(error: unknown, { identity }: Assignment): Promise<void> {
    try {
      await this.#options.group.assertMember(identity);
    } catch (failure) {
      if (isTransient(failure)) return;
      throw failure;
    }
    throw error;
  }

  /** Keeps the tasks that stand exactly where the group says, restores the others. The committed offsets come first (see restore.ts). */
  async #adopt(assignment: Assignment): Promise<void> {
    const committed = await this.#options.group.committed(assignment);
    for (const [partition, task] of this.#tasks) {
      task.rollback();
      if (committed.get(partition)?.offset !== task.committed) this.#tasks.delete(partition);
    }
    const missing = [...committed].filter(([partition]) => !this.#tasks.has(partition));
    await forEachAtOnce(missing, RESTORED_AT_ONCE, async ([partition, found], isEnding) => {
      const isInterrupted = () => isEnding() || this.#options.group.rebalancing || this.#stopping;
      if (isInterrupted()) throw new RestoreInterrupted();
      await this.#restore({ partition, isInterrupted, ...found });
    });
  }

  async #restore({ partition, offset: committed, note, isInterrupted }: ToRestore): Promise<void> {
    const { topology, reader, observer, clock } = this.#options;
    const startedMs = clock.nowMs();
    const { state, records, checkpointPosition } = await this.#checkpointer.restore({
      topology,
      reader,
      partition,
      committed,
      clock,
      isInterrupted,
      onProgress: (topic, remaining) => observer.restoring({ partition, topic, remaining }),
      onWaiting: (error) => observer.retrying(`restoring partition ${partition}`, error),
    });
    const position = committed ?? (await this.#firstPosition(partition, records));
    this.#tasks.set(
      partition,
      new Task(topology, { partition, state, position, trial: this.#trials.of(partition, note) }),
    );
    const durationMs = clock.nowMs() - startedMs;
    observer.restored({ partition, records, position, checkpointPosition, durationMs });
  }

  /** Where a partition without a committed offset starts. It may do so only if it was never processed and nothing is gone. */
  async #firstPosition(partition: number, restoredRecords: number): Promise<number> {
    const { topology, reader } = this.#options;
    if (restoredRecords > 0)
      throw new Error(
        `partition ${partition} of ${topology.source} has no committed offset, but the outputs hold results of it: the consumer group was deleted or its offsets expired. ` +
          'Starting over would count everything twice, so this process refuses. Set the offset of the group to the one after the greatest sourceOffset in the ledger and the rejections, or delete the outputs to recompute them.',
      );
    const start = await reader.startOffset(topology.source, partition);
    if (start > 0)
      throw new Error(
        `${topology.source}-${partition} begins at offset ${start}: older submissions are gone and were never processed. ` +
          'The topic must keep everything (retention.ms=-1); restore it from its archive, or commit the offset from which to go on if the loss is accepted.',
      );
    return start;
  }

  /** One turn of the wheel. */
  async #turn(): Promise<void> {
    const assignment = this.#assignment as Assignment;
    const tasks = [...this.#tasks.values()];
    this.#checkpointer.visit(tasks, assignment);
    this.#prepare();
    if (!this.#hasWork()) {
      await this.#takeFetched();
      this.#prepare();
    }
    this.#startFetch();
    const outbox = new Outbox();
    const waiting = this.#waiting;
    const suspect = this.#trials.suspectOf(waiting);
    const noting = this.#trials.note(suspect ? [suspect] : waiting, assignment);
    const isNoted = noting === null || (await noting);
    this.#isProcessing = true;
    if (isNoted) this.#process(outbox, suspect ? [suspect] : tasks);
    this.#isProcessing = false;
    const dirty = tasks.filter((task) => task.isDirty);
    const takingBack = this.#trials.survived(dirty, assignment);
    if (takingBack !== null) await takingBack;
    if (dirty.length > 0) await this.#commit(dirty, outbox);
    else if (!this.#fetch.isUnderWay) await this.#options.clock.sleep(FETCH_WAIT_MS);
    if (this.#failure !== null) throw this.#failure.error;
  }

  #hasWork(): boolean {
    for (const task of this.#tasks.values())
      if (task.ready !== undefined && !this.#isPaused(task)) return true;
    return false;
  }

  /** Waits for the fetch under way and queues what it brought. */
  async #takeFetched(): Promise<void> {
    this.#startFetch();
    try {
      for (const batch of await this.#fetch.take()) this.#tasks.get(batch.partition)?.enqueue(batch);
    } catch (error) {
      const unreadable = this.#tasks.get(unreadablePartitionOf(error) ?? -1);
      if (unreadable === undefined && !isTransient(error)) throw error;
      if (unreadable !== undefined && this.#fetch.leaveOut(unreadable.partition, unreadable.fetchPosition))
        return this.#standStill(unreadable, error);
      this.#options.observer.retrying('fetching', error);
      await this.#options.clock.sleep(FETCH_WAIT_MS);
    }
  }

  /** What was fetched before is still processed. */
  #standStill(task: Task<State>, error: unknown): void {
    const pause = { reason: 'unreadable-batch', untilMs: Number.POSITIVE_INFINITY } as const;
    this.#options.observer.paused(task.partition, pause, error);
  }

  /** Starts the next fetch if none is under way, so that it overlaps with processing and committing. */
  #startFetch(): void {
    if (this.#fetch.isUnderWay || this.#stopping) return;
    const positions = new Map<number, number>();
    for (const task of this.#tasks.values())
      if (task.queued < QUEUED_RECORDS_MAX && !this.#isPaused(task))
        positions.set(task.partition, task.fetchPosition);
    this.#fetch.start(positions);
  }

  /** Sees to it that queued records can be processed. What must be asked for is asked in the background: only its partition waits. */
  #prepare(): void {
    for (const task of this.#tasks.values()) {
      if (task.next === undefined || this.#preparing.has(task) || this.#isPaused(task)) continue;
      const learning = task.prepare();
      if (learning !== null) void this.#follow(task, learning);
    }
  }

  async #follow(task: Task<State>, learning: Promise<void>): Promise<void> {
    this.#preparing.add(task);
    try {
      await learning;
    } catch (error) {
      if (failureCodeOf(error) === 'temporarily-unavailable')
        this.#pause(task, 'temporarily-unavailable', error);
      else this.#failure = { error };
    }
    this.#preparing.delete(task);
  }

  /** Tasks with a record that can be processed now. */
  get #waiting(): readonly Task<State>[] {
    const nowMs = this.#options.clock.nowMs();
    return [...this.#tasks.values()].filter(
      (task) => task.ready !== undefined && !this.#isPaused(task) && !isAhead(task.ready, nowMs),
    );
  }

  /** Processes queued records, partition by partition, until a limit is reached; another partition goes first each time. */
  #process(outbox: Outbox, tasks: readonly Task<State>[]): void {
    const { clock } = this.#options;
    const deadlineMs = clock.nowMs() + this.#limits.processingMsMax;
    this.#firstPartition = (this.#firstPartition + 1) % Math.max(1, tasks.length);
    let room = this.#limits.recordsMax;
    for (let index = 0; index < tasks.length; index++) {
      const task = tasks[(this.#firstPartition + index) % tasks.length] as Task<State>;
      room -= this.#processTask(task, { outbox, room, deadlineMs });
      if (task.isDirty) task.flush(outbox.into(task.partition));
    }
  }

  #processTask(task: Task<State>, limit: { outbox: Outbox; room: number; deadlineMs: number }): number {
    const { clock } = this.#options;
    const out = limit.outbox.into(task.partition);
    let count = 0;
    let nowMs = clock.nowMs();
    for (let record = task.ready; record !== undefined && !this.#isPaused(task); record = task.ready) {
      if (
        count >= Math.min(limit.room, task.trial.recordsMax) ||
        limit.outbox.bytes + task.state.pendingBytes >= this.#limits.outputBytesMax
      )
        break;
      if (count % 64 === 0) nowMs = clock.nowMs();
      if (nowMs >= limit.deadlineMs) break;
      if (isAhead(record, nowMs)) {
        this.#pause(task, 'clock-ahead');
        break;
      }
      // Ready only since the others were noted: the next turn notes it.
      if (task.trial.missingNote !== null) break;
      task.processNext(out);
      count += 1;
    }
    return count;
  }

  async #commit(tasks: readonly Task<State>[], outbox: Outbox): Promise<void> {
    const { clock, observer } = this.#options;
    const startedMs = clock.nowMs();
    const records = tasks.reduce((sum, task) => sum + task.position - task.committed, 0);
    const transaction = { tasks, outbox, assignment: this.#assignment as Assignment };
    const outcome = await commit(transaction, this.#ports);
    if (outcome === 'committed') {
      const durationMs = clock.nowMs() - startedMs;
      observer.committed({ records, outputs: outbox.records.length, outputBytes: outbox.bytes, durationMs });
      return;
    }
    this.#fetch.forget();
    if (outcome === 'rolled-back') return;
    this.#assignment = null;
    if (outcome === 'doubtful') for (const task of tasks) this.#tasks.delete(task.partition);
  }

  #isPaused(task: Task<State>): boolean {
    if (this.#checkpointer.isAwaiting(task)) return true;
    if (task.pause === null) return false;
    if (this.#options.clock.nowMs() < task.pause.untilMs) return true;
    task.pause = null;
    return false;
  }

  #pause(task: Task<State>, reason: 'clock-ahead' | 'temporarily-unavailable', error?: unknown): void {
    task.pause = { reason, untilMs: this.#options.clock.nowMs() + PAUSE_MS };
    this.#options.observer.paused(task.partition, task.pause, error);
  }

  /** Repeats while the cluster cannot be reached; null when the worker was stopped meanwhile. */
  async #untilReachable<Result>(what: string, attempt: () => Promise<Result>): Promise<Result | null> {
    while (!this.#stopping) {
      try {
        return await attempt();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#options.observer.retrying(what, error);
        await this.#options.clock.sleep(PAUSE_MS);
      }
    }
    return null;
  }
}

type ToRestore = Pick<RestoreOptions<TransactionalState>, 'partition' | 'isInterrupted'> & CommittedOffset;

function isAhead({ timestampMs }: LogRecord, nowMs: number): boolean {
  return timestampMs > nowMs + CLOCK_AHEAD_MAX_MS;
}
