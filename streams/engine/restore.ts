/**
 * Rebuilds the state of a partition from what was published (outputs are the state). The order is the point, and it is
 * spec.md section 1, rule 2: the committed offset was fetched with require_stable BEFORE this is called; then the end of each
 * output is asked for (with everything uncommitted); then committed records are read up to it, waiting while a pending
 * transaction holds the last stable offset back. Otherwise records committed a moment ago are missed and a chain of hashes
 * forks (Kafka Streams had this: KAFKA-10167).
 *
 * A checkpoint of this machine may stand for the beginning of one topic (see checkpoint.ts); nothing else changes by it. Where
 * anything goes wrong with one, it is removed and the restore begins anew without it.
 */
import {
  type CheckpointStore,
  checkpointedStep,
  type KeptStep,
  type OpenCheckpoint,
  objectionTo,
  openCheckpoint,
  topicIdsOf,
} from './checkpoint.ts';
import { isTransient, TransactionPendingError } from './errors.ts';
import { lastOfEachKey } from './last-of-key.ts';
import type { Clock, PartitionReader } from './ports.ts';
import type { RestoreStep, Topology, TransactionalState } from './topology.ts';

/** Thrown out of a restore that is no longer wanted; what was restored so far is thrown away. */
export class RestoreInterrupted extends Error {
  override readonly name = 'RestoreInterrupted';
}

type Waiting = {
  readonly clock: Clock;
  /** Told from time to time while a transaction that does not end is in the way. */
  readonly onWaiting: (error: TransactionPendingError) => void;
};

export type RestoreOptions<State extends TransactionalState> = Waiting & {
  readonly topology: Topology<State>;
  readonly reader: PartitionReader;
  readonly partition: number;
  /** The committed input offset, fetched with require_stable before; null: none. */
  readonly committed: number | null;
  /** Asked between batches; true ends the restore with RestoreInterrupted. */
  readonly isInterrupted: () => boolean;
  /** Told after every batch; `remaining`: offsets of the topic still to be read. */
  readonly onProgress?: (topic: string, remaining: number) => void;
  /** Where checkpoints are kept, if any are. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Told when a checkpoint is not trusted. */
  readonly onRefused?: (error: Error) => void;
};

export type Restored<State> = {
  readonly state: State;
  /** How many records it took. */
  readonly records: number;
  /** The input position of the checkpoint it began with; null: from the topics alone. */
  readonly checkpointPosition: number | null;
};

/** Longer than a transaction lasts, its timeout and the coordinator's next look included. */
const PENDING_SUSPICIOUS_MS = 30_000;

/** The state of the partition. */
export async function restoreState<State extends TransactionalState>(
  options: RestoreOptions<State>,
): Promise<Restored<State>> {
  return (await fromCheckpoint(options)) ?? rebuild({ ...options, checkpoint: null });
}

/** Null if there is no checkpoint, or none that is trusted: then it is removed. */
async function fromCheckpoint<State extends TransactionalState>(
  options: RestoreOptions<State>,
): Promise<Restored<State> | null> {
  const { checkpoints, partition, onRefused, topology } = options;
  const step = checkpointedStep(topology);
  if (checkpoints === undefined || step === undefined) return null;
  let checkpoint: OpenCheckpoint | null = null;
  try {
    checkpoint = await openCheckpoint(checkpoints, partition);
    if (checkpoint === null) return null;
    await assertFits(checkpoint, step, options);
    return await rebuild({ ...options, checkpoint });
  } catch (error) {
    if (error instanceof RestoreInterrupted || isTransient(error)) throw error;
    onRefused?.(asError(error));
    await checkpoints.remove(partition).catch((failure: unknown) => onRefused?.(asError(failure)));
    return null;
  } finally {
    await checkpoint?.close();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Fails if what the checkpoint stands for is not what this restore begins with. */
async function assertFits<State extends TransactionalState>(
  { mark }: OpenCheckpoint,
  step: KeptStep<State>,
  { topology, reader, partition, committed }: RestoreOptions<State>,
): Promise<void> {
  const topicIds = await topicIdsOf(topology, step, reader);
  const { format } = step.checkpoint;
  const objection = objectionTo(mark, { format, partition, topicIds, committed });
  if (objection !== undefined) throw new Error(objection);
}

type Rebuild<State extends TransactionalState> = RestoreOptions<State> & {
  readonly checkpoint: OpenCheckpoint | null;
};

async function rebuild<State extends TransactionalState>(options: Rebuild<State>): Promise<Restored<State>> {
  const { topology, reader, partition, checkpoint } = options;
  const ends = await Promise.all(topology.restore.map((step) => reader.endOffset(step.topic, partition)));
  const state = topology.createState(partition);
  let records = 0;
  for (const [index, step] of topology.restore.entries())
    records += await replay({ ...options, state, step, to: ends[index] as number });
  topology.restored(state, options.committed);
  state.commit();
  return { state, records, checkpointPosition: checkpoint?.mark.position ?? null };
}

type Replay<State extends TransactionalState> = Rebuild<State> & {
  readonly state: State;
  readonly step: RestoreStep<State>;
  readonly to: number;
};

async function replay<State extends TransactionalState>(replayed: Replay<State>): Promise<number> {
  const { reader, partition, state, step, to } = replayed;
  let records = 0;
  const from = await resume(replayed, await startOf(replayed));
  step.expect?.(state, Math.max(0, to - from));
  const patience = new Patience(`${step.topic}-${partition}`, replayed);
  for await (const batch of reader.read({ topic: step.topic, partition, from, to })) {
    if (replayed.isInterrupted()) throw new RestoreInterrupted();
    patience.saw(batch.length);
    for (const record of step.isCompacted ? lastOfEachKey(batch) : batch) step.apply(state, record);
    records += batch.length;
    replayed.onProgress?.(step.topic, to - 1 - (batch.at(-1)?.offset ?? from - 1));
  }
  return records;
}

/** Loads the checkpoint, if it is of this step, and says from where to read on. */
async function resume<State extends TransactionalState>(
  replayed: Replay<State>,
  start: number,
): Promise<number> {
  const { checkpoint, state, step, to } = replayed;
  if (checkpoint === null || step.checkpoint === undefined) return start;
  const { offset } = checkpoint.mark;
  if (offset < start || offset > to)
    throw new Error(
      `it stands for ${step.topic} before offset ${offset}, but what is needed is there from ${start} to ${to}`,
    );
  await step.checkpoint.load(state, untilInterrupted(checkpoint.contents, replayed));
  return offset;
}

async function* untilInterrupted(
  blocks: AsyncIterable<Uint8Array>,
  { isInterrupted }: { isInterrupted: () => boolean },
): AsyncGenerator<Uint8Array> {
  for await (const block of blocks) {
    if (isInterrupted()) throw new RestoreInterrupted();
    yield block;
  }
}

async function startOf<State extends TransactionalState>(replayed: Replay<State>): Promise<number> {
  const { reader, partition, state, step, to } = replayed;
  const from = step.from(state);
  const startOffset = () => reader.startOffset(step.topic, partition);
  if (from === 'start') return startOffset();
  const offset = await reader.offsetAtTime(step.topic, partition, from.timestampMs);
  return offset < to ? offset : Math.max(await startOffset(), to - 1);
}

/** Notices that a read has shown nothing for longer than a transaction lasts, and says so once in that time. */
class Patience {
  readonly #place: string;
  readonly #options: Waiting;
  #shownMs: number;
  #saidMs: number;

  constructor(place: string, options: Waiting) {
    const { clock } = options;
    this.#place = place;
    this.#options = options;
    this.#shownMs = clock.nowMs();
    this.#saidMs = this.#shownMs;
  }

  saw(records: number): void {
    const nowMs = this.#options.clock.nowMs();
    if (records > 0) this.#shownMs = nowMs;
    if (nowMs - Math.max(this.#shownMs, this.#saidMs) < PENDING_SUSPICIOUS_MS) return;
    this.#saidMs = nowMs;
    this.#options.onWaiting(new TransactionPendingError(this.#place, nowMs - this.#shownMs));
  }
}
