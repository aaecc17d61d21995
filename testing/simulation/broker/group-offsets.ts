/**
 * The offsets of one group: those committed, and those that open transactions would commit. A transaction's offsets count from
 * the moment its marker is written here, which may be before or after the markers of the partitions it wrote to.
 */
import { kafkaErrors } from '../../../kafka/error-codes.ts';
import type { OffsetFetchAnswer, OffsetFetchRequest, TopicPartition } from '../../../kafka/requests.ts';
import type { Marker } from './stored-batch.ts';

/** What is committed with an offset is the committer's own business; an offset without is committed with nothing. */
type Committed = { readonly offset: number; readonly metadata: string };
type Offsets = Map<string, Committed>;
type ToCommit = TopicPartition & { readonly offset: number; readonly metadata?: string };

export class GroupOffsets {
  readonly #committed: Offsets = new Map();
  /** Producer → what its open transaction would commit. */
  readonly #pending = new Map<number, Offsets>();
  readonly #epochs = new Map<number, number>();

  commit(offsets: readonly ToCommit[]): void {
    for (const each of offsets) this.#committed.set(placeOf(each), committedBy(each));
  }

  hasOpen(producerId: number, epoch: number): boolean {
    return this.#pending.has(producerId) && this.#epochs.get(producerId) === epoch;
  }

  /** Whether a request of this epoch comes too late: a newer one has been seen. */
  isFenced(producerId: number, epoch: number): boolean {
    return epoch < (this.#epochs.get(producerId) ?? 0);
  }

  addPending(
    { producerId, producerEpoch }: { readonly producerId: number; readonly producerEpoch: number },
    offsets: readonly ToCommit[],
  ): void {
    const pending = this.#pending.get(producerId) ?? new Map<string, Committed>();
    this.#pending.set(producerId, pending);
    this.#epochs.set(producerId, producerEpoch);
    for (const each of offsets) pending.set(placeOf(each), committedBy(each));
  }

  /** What this producer's open transaction would commit for a partition. */
  pendingOf(producerId: number, place: TopicPartition): number | undefined {
    return this.#pending.get(producerId)?.get(placeOf(place))?.offset;
  }

  committedOf(place: TopicPartition): number | undefined {
    return this.#committed.get(placeOf(place))?.offset;
  }

  mark({ producerId, producerEpoch, isCommit }: Marker): void {
    const pending = this.#pending.get(producerId);
    this.#pending.delete(producerId);
    this.#epochs.set(producerId, producerEpoch);
    if (isCommit) for (const [place, offset] of pending ?? []) this.#committed.set(place, offset);
  }

  fetch({ topic, partitions, requireStable }: OffsetFetchRequest): OffsetFetchAnswer {
    const answers = partitions.map((partition) => {
      const place = { topic, partition };
      const name = placeOf(place);
      if (requireStable && [...this.#pending.values()].some((offsets) => offsets.has(name)))
        return { ...place, errorCode: kafkaErrors.UNSTABLE_OFFSET_COMMIT, ...NOTHING };
      return { ...place, errorCode: kafkaErrors.NONE, ...(this.#committed.get(name) ?? NOTHING) };
    });
    return { errorCode: kafkaErrors.NONE, partitions: answers };
  }
}

const NOTHING: Committed = { offset: -1, metadata: '' };

function committedBy({ offset, metadata = '' }: ToCommit): Committed {
  return { offset, metadata };
}

function placeOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
