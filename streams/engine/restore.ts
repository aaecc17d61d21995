/**
 * Rebuilds the state of a partition from what was published (outputs are the state). The order is the point, and it is
 * spec.md section 1, rule 2: the committed offset was fetched with require_stable BEFORE this is called; then the end of each
 * output is asked for (with everything uncommitted); then committed records are read up to it, waiting while a pending
 * transaction holds the last stable offset back. Otherwise records committed a moment ago are missed and a chain of hashes
 * forks (Kafka Streams had this: KAFKA-10167).
 */
import { TransactionPendingError } from './errors.ts';
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
};

/** Longer than a transaction lasts, its timeout and the coordinator's next look included. */
const PENDING_SUSPICIOUS_MS = 30_000;

/** The state of the partition, and how many records it took. */
export async function restoreState<State extends TransactionalState>(
  options: RestoreOptions<State>,
): Promise<{ state: State; records: number }> {
  const { topology, reader, partition } = options;
  const ends = await Promise.all(topology.restore.map((step) => reader.endOffset(step.topic, partition)));
  const state = topology.createState(partition);
  let records = 0;
  for (const [index, step] of topology.restore.entries())
    records += await replay({ ...options, state, step, to: ends[index] as number });
  topology.restored(state, options.committed);
  state.commit();
  return { state, records };
}

type Replay<State extends TransactionalState> = RestoreOptions<State> & {
  readonly state: State;
  readonly step: RestoreStep<State>;
  readonly to: number;
};

async function replay<State extends TransactionalState>(replayed: Replay<State>): Promise<number> {
  const { reader, partition, state, step, to } = replayed;
  let records = 0;
  const from = await startOf(replayed);
  const patience = new Patience(`${step.topic}-${partition}`, replayed);
  for await (const batch of reader.read({ topic: step.topic, partition, from, to })) {
    if (replayed.isInterrupted()) throw new RestoreInterrupted();
    patience.saw(batch.length);
    for (const record of batch) step.apply(state, record);
    records += batch.length;
  }
  return records;
}

async function startOf<State extends TransactionalState>(replayed: Replay<State>): Promise<number> {
  const { reader, partition, state, step, to } = replayed;
  const from = step.from(state);
  if (from === 'start') return reader.startOffset(step.topic, partition);
  if (from === 'last') return Math.max(await reader.startOffset(step.topic, partition), to - 1);
  return reader.offsetAtTime(step.topic, partition, from.timestampMs);
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
