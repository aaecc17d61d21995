/**
 * The loop that every sink runs in: poll, write guarded by revision, move the position with the data, tell the group. One loop
 * mirrors one topic; more processes share its partitions. It keeps no state that a restart would miss, it holds at most one
 * fetch in memory (a slow store slows the polling, nothing piles up), and it never gives up on a store that may come back.
 */
import type { Assignment, Clock, LogEnds, PartitionBatch, SinkGroup } from './ports.ts';
import {
  PositionLostError,
  RetriableSinkError,
  type Sink,
  type SinkBatch,
  SinkRefusedError,
} from './sink.ts';
import type { SinkObserver } from './sink-observer.ts';

/** How long a poll waits for records; also how soon a store that was lost while nothing happened is noticed. */
const POLL_WAIT_MS = 500;

/** The most records in one write, so that no store sees a request without bounds. */
const WRITE_RECORDS_MAX = 2_000;

/**
 * After a write of fewer records than this the loop lets more come: a store takes a hundred records with hardly more effort than one,
 * and a trickle of single ones would keep it busy for nothing.
 */
const FEW_RECORDS = 200;
const GATHER_MS = 50;

/** The pause before the cluster is asked again; its client has already been patient. */
const CLUSTER_PAUSE_MS = 500;

/** The pause before the store is asked again, doubled each time up to the second figure. */
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

export type SinkLoopOptions = {
  readonly topic: string;
  readonly sink: Sink;
  readonly group: SinkGroup;
  readonly log: LogEnds;
  readonly clock: Clock;
  readonly observer: SinkObserver;
};

/**
 * Where a partition stands in the store, and the end of the topic when the loop last connected. `waitingSinceMs` is the time of the oldest
 * record that is being written, or, until the next fetch tells, of the last one that was; null: the last fetch brought nothing.
 */
type Progress = { nextOffset: number; waitingSinceMs: number | null; readonly goal: number };

export class SinkLoop {
  readonly #options: SinkLoopOptions;
  #assignment: Assignment | null = null;
  /** Null until the store has said where it stands. */
  #progress: Map<number, Progress> | null = null;
  /** Where this member left each partition when the store turned out to stand elsewhere. */
  #left: ReadonlyMap<number, Progress> = new Map();
  #isStopping = false;

  constructor(options: SinkLoopOptions) {
    this.#options = options;
  }

  /** Partition → next offset to be written. */
  get positions(): ReadonlyMap<number, number> {
    return positionsOf(this.#progress ?? new Map());
  }

  /** Partition → time of the oldest record that was fetched and is not in the store; null: none waits. Epoch milliseconds. */
  get waitingSinceMs(): ReadonlyMap<number, number | null> {
    return new Map(
      [...(this.#progress ?? [])].map(([partition, place]) => [partition, place.waitingSinceMs]),
    );
  }

  /** True while this process is a member and all its partitions hold what the topic held when it connected. */
  get isCaughtUp(): boolean {
    return this.#progress !== null && [...this.#progress.values()].every(isComplete);
  }

  /** Lets the write under way finish, then ends `run`. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Works until `stop` is called; fails with what cannot be waited out, and the process should then end. */
  async run(): Promise<void> {
    try {
      while (!this.#isStopping) await this.#turn();
    } finally {
      await this.#options.group.leave();
      await this.#options.sink.close();
    }
  }

  async #turn(): Promise<void> {
    try {
      if (this.#assignment === null || this.#options.group.rebalancing) await this.#join();
      else if (this.#progress === null) await this.#connect(this.#assignment);
      else await this.#poll(this.#assignment, this.#progress);
    } catch (error) {
      await this.#recover(error);
    }
  }

  /** Brings the loop into a state from which the next turn goes on; rethrows what no turn can mend. */
  async #recover(error: unknown): Promise<void> {
    if (error instanceof PositionLostError) {
      this.#left = this.#progress ?? this.#left;
      this.#progress = null;
      return this.#options.observer.positionLost(error);
    }
    const code = (error as { code?: unknown } | null)?.code;
    if (code === 'stale-generation') this.#assignment = null;
    else if (code !== 'temporarily-unavailable' && code !== 'outcome-unknown') throw error;
    this.#options.observer.retrying('reading the topic', error);
    await this.#options.clock.sleep(CLUSTER_PAUSE_MS);
  }

  async #join(): Promise<void> {
    this.#assignment = null;
    this.#progress = null;
    this.#left = new Map();
    this.#assignment = await this.#options.group.join();
    this.#options.observer.assigned(this.#assignment.partitions);
  }

  /** Asks the store where it stands and confirms that to it, so that readers know at once whether it is complete. */
  async #connect({ partitions, identity }: Assignment): Promise<void> {
    const { sink, group, observer } = this.#options;
    await this.#persistently(async () => {
      const stored = await sink.connect(partitions);
      const progress = new Map<number, Progress>();
      for (const partition of partitions)
        progress.set(partition, await this.#startOf(partition, stored.get(partition)));
      await sink.write(confirmations(progress));
      this.#progress = progress;
      observer.connected(positionsOf(progress));
    });
    if (this.#progress !== null) await group.commit(this.positions, identity);
  }

  /** What stands further on than it was left, made anew by somebody else, has fallen behind nothing: readers may go on believing it. */
  async #startOf(partition: number, stored: number | undefined): Promise<Progress> {
    const { log, topic } = this.#options;
    const end = await log.endOffset(topic, partition);
    if (stored !== undefined && stored > end)
      throw new SinkRefusedError(
        `the store has been written up to offset ${stored} of ${topic}-${partition}, which ends at ${end}: this is not the topic it was written from. ` +
          'If the cluster was replaced on purpose, empty the store and start again; otherwise point this process at the right cluster.',
      );
    const left = this.#left.get(partition);
    const goal = left !== undefined && (stored ?? -1) >= left.nextOffset ? left.goal : end;
    return { nextOffset: stored ?? (await log.startOffset(topic, partition)), waitingSinceMs: null, goal };
  }

  async #poll(assignment: Assignment, progress: ReadonlyMap<number, Progress>): Promise<void> {
    const { group, sink, clock } = this.#options;
    if (progress.size === 0) return clock.sleep(POLL_WAIT_MS);
    const batches = await group.fetch(positionsOf(progress), POLL_WAIT_MS);
    noteWaiting(progress, batches);
    if (batches.length === 0)
      return this.#persistently(async () => void (await sink.write(confirmations(progress))));
    for (const parts of writesOf(batches.filter(({ partition }) => progress.has(partition))))
      await this.#write(parts, progress);
    if (this.#isInterrupted) return;
    await group.commit(positionsOf(progress), assignment.identity);
    const records = batches.reduce((sum, batch) => sum + batch.records.length, 0);
    if (records < FEW_RECORDS) await clock.sleep(GATHER_MS);
  }

  async #write(parts: readonly PartitionBatch[], progress: ReadonlyMap<number, Progress>): Promise<void> {
    const { sink, observer, clock } = this.#options;
    const batches: (PartitionBatch & Pick<SinkBatch, 'fromOffset' | 'isComplete'>)[] = [];
    for (const part of parts) {
      const { nextOffset: fromOffset, goal } = progress.get(part.partition) as Progress;
      batches.push({ ...part, fromOffset, isComplete: part.nextOffset >= goal });
    }
    await this.#persistently(async () => {
      const startedMs = clock.nowMs();
      const count = await sink.write(batches);
      for (const { partition, nextOffset, records } of batches) {
        const place = progress.get(partition) as Progress;
        place.nextOffset = nextOffset;
        place.waitingSinceMs = records.at(-1)?.timestampMs ?? place.waitingSinceMs;
      }
      const records = batches.reduce((sum, batch) => sum + batch.records.length, 0);
      observer.wrote(count, { records, durationMs: clock.nowMs() - startedMs });
    });
  }

  /** Repeats a step while the store cannot take it; gives way when the group or the operator wants something else. */
  async #persistently(step: () => Promise<void>): Promise<void> {
    for (let pauseMs = RETRY_FIRST_MS; !this.#isInterrupted; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof RetriableSinkError)) throw error;
        this.#options.observer.retrying('writing to the store', error);
      }
      await this.#options.clock.sleep(pauseMs);
    }
  }

  get #isInterrupted(): boolean {
    return this.#isStopping || this.#options.group.rebalancing;
  }
}

/** A partition that brought nothing has nothing that waits. */
function noteWaiting(progress: ReadonlyMap<number, Progress>, batches: readonly PartitionBatch[]): void {
  for (const place of progress.values()) place.waitingSinceMs = null;
  for (const { partition, records } of batches) {
    const place = progress.get(partition);
    if (place !== undefined) place.waitingSinceMs = records[0]?.timestampMs ?? null;
  }
}

function isComplete(progress: Pick<Progress, 'nextOffset' | 'goal'>): boolean {
  return progress.nextOffset >= progress.goal;
}

function positionsOf(progress: ReadonlyMap<number, Progress>): ReadonlyMap<number, number> {
  return new Map([...progress].map(([partition, { nextOffset }]) => [partition, nextOffset]));
}

/** Batches that write nothing and only say where each partition is believed to stand. */
function confirmations(progress: ReadonlyMap<number, Progress>): readonly SinkBatch[] {
  return [...progress].map(([partition, place]) => ({
    partition,
    fromOffset: place.nextOffset,
    records: [],
    nextOffset: place.nextOffset,
    isComplete: isComplete(place),
  }));
}

/** What was fetched in writes that a store can take at once, no partition twice in one; the last piece of a batch carries the position behind all of it. */
function* writesOf(batches: readonly PartitionBatch[]): Generator<readonly PartitionBatch[]> {
  let parts: PartitionBatch[] = [];
  let records = 0;
  for (const part of batches.flatMap((batch) => [...partsOf(batch)])) {
    const isFull = records + part.records.length > WRITE_RECORDS_MAX;
    if (isFull || parts.at(-1)?.partition === part.partition) {
      yield parts;
      parts = [];
      records = 0;
    }
    parts.push(part);
    records += part.records.length;
  }
  if (parts.length > 0) yield parts;
}

function* partsOf({ partition, records, nextOffset }: PartitionBatch): Generator<PartitionBatch> {
  for (let from = 0; from === 0 || from < records.length; from += WRITE_RECORDS_MAX) {
    const part = records.slice(from, from + WRITE_RECORDS_MAX);
    const isLast = from + WRITE_RECORDS_MAX >= records.length;
    yield { partition, records: part, nextOffset: isLast ? nextOffset : (part.at(-1)?.offset ?? 0) + 1 };
  }
}
