/**
 * How far a store behind the memory must have got in the topics to be believed: as far as they reached when this process began, and, partition by
 * partition, as far as the store has been seen since. A store that stands before that has been set back: an older copy of itself has taken its
 * place, or a replica that lagged. It is whole and agrees with itself, so nothing in it gives it away; but it would show readers less than they have
 * seen, and take a merchant or a day that came since for one that does not exist (spec.md I17).
 *
 * It promises no more than one process can: of two processes one may have seen more. Whoever goes from one to the other names the revision it
 * has seen (`minRevision`).
 */

import { servedTopics } from '@fluxo/schemas';

/** What it needs of a log; `LogReader` of `kafka/` is one. */
export interface StableEnds {
  /** Where committed records of the partition end. */
  stableOffset(topic: string, partition: number): Promise<number>;
}

/** Next offsets of a partition, in the order of `servedTopics`. */
export type ServedOffsets = readonly number[];

export class ReadingFloor {
  /** What must have been written at least, by partition. */
  readonly #offsets: ServedOffsets[];

  private constructor(offsets: ServedOffsets[]) {
    this.#offsets = offsets;
  }

  /** Of topics with so many partitions. Fails like `stableOffset`. */
  static async now(log: StableEnds, partitions: number): Promise<ReadingFloor> {
    const endsOf = (partition: number) =>
      Promise.all(servedTopics.map(({ name }) => log.stableOffset(name, partition)));
    const all = Array.from({ length: partitions }, (_, partition) => endsOf(partition));
    return new ReadingFloor(await Promise.all(all));
  }

  /** To be asked before the store is: an answer that was overtaken by a later one is none of an older copy. */
  of(partition: number): ServedOffsets {
    return this.#offsets[partition] ?? [];
  }

  /** The store has been seen here. */
  raise(partition: number, seen: ServedOffsets): void {
    const floor = this.of(partition);
    this.#offsets[partition] = seen.map((nextOffset, index) => Math.max(floor[index] ?? 0, nextOffset));
  }
}
