/**
 * Decides when the state of a partition is written down as a checkpoint, and which place in the logs it stands for. One at a time,
 * in the background: the wheel of the worker goes on.
 *
 * The place comes first: the end of the step's topic is asked for, then the group whether this process still has its place. A yes
 * means that no successor had written anything by then, so that every record before that end which is or will be committed is
 * either in the state that was restored or of a transaction of this process. As soon as such a transaction is certain and no
 * other has changed the state, it is all in the state, and what stands there now is what the checkpoint holds. Records
 * behind that end may be in it as well, and come again when it is loaded.
 */
import {
  blocksOf,
  type CheckpointStore,
  checkpointedStep,
  type KeptStep,
  type Mark,
  topicIdsOf,
} from './checkpoint.ts';
import type { EngineObserver } from './observer.ts';
import type { Assignment, Clock, InputGroup, PartitionReader } from './ports.ts';
import { type Restored, type RestoreOptions, restoreState } from './restore.ts';
import type { Task } from './task.ts';
import type { Topology, TransactionalState } from './topology.ts';

/**
 * When a partition is written down again: once a restart would spend longer on the records behind its checkpoint than on the checkpoint
 * itself, but not for fewer than `recordsMin`; and after so long, if there are any.
 */
export type CheckpointPace = { readonly recordsMin: number; readonly everyMs: number };

export const CHECKPOINT_PACE: CheckpointPace = { recordsMin: 20_000, everyMs: 5 * 60_000 };

/** A restart reads so many bytes of a checkpoint in the time it takes for one record of the topics (docs/decisions/0015-checkpoint.md). */
const BYTES_PER_RECORD = 512;

/** What is written in a millisecond at most, on average: the disk has other work to do. */
const BYTES_PER_MS = 20_000;

/** The pause after a checkpoint could not be written. */
const FAILURE_PAUSE_MS = 10_000;

/** At the end of the process: how long the cluster may take to answer, and how long writing may go on. */
const ASK_WITHIN_MS = 1_000;
const LAST_WRITES_MS = 5_000;

export type CheckpointerOptions<State extends TransactionalState> = {
  readonly topology: Topology<State>;
  readonly reader: PartitionReader;
  readonly group: InputGroup;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  /** None: no checkpoints are written, and none is loaded. */
  readonly checkpoints?: CheckpointStore | undefined;
  readonly checkpointPace?: CheckpointPace | undefined;
};

type Place = Pick<Mark, 'topicIds' | 'offset'>;
type Saved = { readonly position: number; readonly atMs: number; readonly bytes: number };

const NEVER: Saved = { position: 0, atMs: Number.NEGATIVE_INFINITY, bytes: 0 };

export class Checkpointer<State extends TransactionalState> {
  readonly #options: CheckpointerOptions<State>;
  readonly #pace: CheckpointPace;
  /** Null: no checkpoints. */
  readonly #home: { readonly store: CheckpointStore; readonly step: KeptStep<State> } | null;
  /** Partition → what its last checkpoint stands for, as far as this process knows. */
  readonly #saved = new Map<number, Saved>();
  /** The task that is to be written down next, and its place once that is known. */
  #next: Next<State> | null = null;
  /** The partition whose checkpoint is being written, and the end of that. */
  #writing: { readonly partition: number; readonly done: Promise<void> } | null = null;
  #restUntilMs = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(options: CheckpointerOptions<State>) {
    this.#options = options;
    this.#pace = options.checkpointPace ?? CHECKPOINT_PACE;
    const { checkpoints: store, topology } = options;
    const step = checkpointedStep(topology);
    this.#home = store === undefined || step === undefined ? null : { store, step };
  }

  /** Restores a partition, with the help of its checkpoint if one is trusted. */
  async restore(options: RestoreOptions<State>): Promise<Restored<State>> {
    const { checkpoints, observer, clock } = this.#options;
    const { partition } = options;
    const onRefused = (error: Error): void => observer.checkpointRefused(partition, error);
    const restored = await restoreState({ ...options, checkpoints, onRefused });
    const { checkpointPosition: position } = restored;
    this.#saved.set(partition, position === null ? NEVER : { position, atMs: clock.nowMs(), bytes: 0 });
    return restored;
  }

  /** Called at every turn with the tasks of this process: takes the next step, if one is due. Costs nothing otherwise. */
  visit(tasks: readonly Task<State>[], assignment: Assignment): void {
    if (this.#home === null || this.#writing !== null) return;
    const next = this.#next;
    if (next === null) {
      if (this.#options.clock.nowMs() >= this.#restUntilMs) this.#choose(tasks, assignment);
    } else if (!tasks.includes(next.task)) this.#next = null;
    else if (next.place !== null && isSettled(next.task)) {
      this.#next = null;
      const done = this.#write(this.#take(this.#home.step, next.task, next.place));
      this.#writing = { partition: next.task.partition, done };
    }
  }

  /** Whether this task must not process anything now, so that nothing is open when its checkpoint is taken. */
  isAwaiting(task: Task<State>): boolean {
    return this.#next?.task === task && this.#next.place !== null;
  }

  /**
   * Called when nothing will be processed any more and the membership is still held: takes what has not been written down.
   * The function it resolves with writes it, in not much more than five seconds, and never fails.
   */
  async last(tasks: readonly Task<State>[], assignment: Assignment | null): Promise<() => Promise<void>> {
    const { clock } = this.#options;
    const home = this.#home;
    const writing = this.#writing;
    const due = tasks.filter((task) => task.partition !== writing?.partition && this.#isNew(task));
    if (home === null || assignment === null || due.length === 0) return async () => writing?.done;
    const tooLate = clock.sleep(ASK_WITHIN_MS).then((): readonly Place[] => []);
    const places = await Promise.race([this.#placesOf(due, assignment), tooLate]);
    const taken = due.flatMap((task, index) => {
      const place = places[index];
      return place === undefined || !isSettled(task) ? [] : [this.#take(home.step, task, place)];
    });
    return async () => {
      this.#deadlineMs = clock.nowMs() + LAST_WRITES_MS;
      await writing?.done;
      for (const each of taken) await this.#put(each);
    };
  }

  #isNew({ partition, committed }: Task<State>): boolean {
    return committed > (this.#saved.get(partition) ?? NEVER).position;
  }

  #isDue(task: Task<State>): boolean {
    const { position, atMs, bytes } = this.#saved.get(task.partition) ?? NEVER;
    const { recordsMin, everyMs } = this.#pace;
    if (!this.#isNew(task)) return false;
    const recordsMax = Math.max(recordsMin, bytes / BYTES_PER_RECORD);
    return task.committed - position >= recordsMax || this.#options.clock.nowMs() - atMs >= everyMs;
  }

  /** Of the tasks that are due, the one with the most behind its checkpoint. */
  #choose(tasks: readonly Task<State>[], assignment: Assignment): void {
    const behind = ({ partition, committed }: Task<State>): number =>
      committed - (this.#saved.get(partition)?.position ?? 0);
    const [task] = tasks.filter((each) => this.#isDue(each)).toSorted((a, b) => behind(b) - behind(a));
    if (task === undefined) return;
    this.#next = { task, place: null };
    void this.#ask(this.#next, assignment);
  }

  async #ask(next: Next<State>, assignment: Assignment): Promise<void> {
    const [place] = await this.#placesOf([next.task], assignment);
    if (place !== undefined) next.place = place;
    else if (this.#next === next) this.#next = null;
  }

  /** Which places their checkpoints would stand for; none where that cannot be said now. */
  async #placesOf(tasks: readonly Task<State>[], { identity }: Assignment): Promise<readonly Place[]> {
    const { topology, reader, group } = this.#options;
    if (this.#home === null) return [];
    const { step } = this.#home;
    try {
      const topicIds = await topicIdsOf(topology, step, reader);
      const offsets = await Promise.all(
        tasks.map(({ partition }) => reader.endOffset(step.topic, partition)),
      );
      await group.assertMember(identity);
      return offsets.map((offset) => ({ topicIds, offset }));
    } catch (error) {
      this.#failed('asking what a checkpoint would stand for', error);
      return [];
    }
  }

  /** What stands in the state of this task now. */
  #take({ checkpoint }: KeptStep<State>, task: Task<State>, place: Place): Taken {
    const { partition, committed: position, state } = task;
    const mark = { format: checkpoint.format, partition, ...place, position };
    return { mark, blocks: this.#untilDeadline(blocksOf(mark, checkpoint.save(state))) };
  }

  async #write(taken: Taken): Promise<void> {
    const bytes = await this.#put(taken);
    this.#writing = null;
    this.#restUntilMs = Math.max(
      this.#restUntilMs,
      this.#options.clock.nowMs() + Math.floor(bytes / BYTES_PER_MS),
    );
  }

  /** Resolves with the bytes written: none if that failed. */
  async #put({ mark: { partition, position }, blocks }: Taken): Promise<number> {
    const { clock, observer } = this.#options;
    const startedMs = clock.nowMs();
    try {
      const bytes = (await this.#home?.store.write(partition, blocks)) ?? 0;
      this.#saved.set(partition, { position, atMs: clock.nowMs(), bytes });
      observer.checkpointed({ partition, bytes, durationMs: clock.nowMs() - startedMs });
      return bytes;
    } catch (error) {
      this.#failed(`writing a checkpoint of partition ${partition}`, error);
      return 0;
    }
  }

  *#untilDeadline(blocks: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const block of blocks) {
      if (this.#options.clock.nowMs() > this.#deadlineMs)
        throw new Error('there is no time left for it: the next start reads more of the topics instead');
      yield block;
    }
  }

  #failed(what: string, error: unknown): void {
    this.#options.observer.retrying(what, error);
    this.#restUntilMs = this.#options.clock.nowMs() + FAILURE_PAUSE_MS;
  }
}

type Next<State extends TransactionalState> = { readonly task: Task<State>; place: Place | null };
type Taken = { readonly mark: Mark; readonly blocks: Iterable<Uint8Array> };

/** Whether the state of the task is what is committed: nothing is open, and nothing is being committed. */
function isSettled<State extends TransactionalState>(task: Task<State>): boolean {
  return task.position === task.committed;
}
