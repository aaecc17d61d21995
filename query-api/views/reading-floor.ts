/**
 * How far a store behind the memory must have got in the topics to be believed: as far as they reached when this process began, and, partition by
 * partition, as far as the store has been seen since. A store that stands before that has been set back: an older copy of itself has taken its
 * place, or a replica that lagged. It is whole and agrees with itself, so nothing in it gives it away; but it would show readers less than they have
 * seen, and take a merchant or a day that came since for one that does not exist (spec.md I17).
 *
 * It promises no more than one process can: of two processes one may have seen more. Whoever goes from one to the other names the revision it
 * has seen (`minRevision`).
 */

/** What it needs of a log; `LogReader` of `kafka/` is one. */
export interface StableEnds {
  /** Where committed records of the partition end. */
  stableOffset(topic: string, partition: number): Promise<number>;
}

export class ReadingFloor {
  /** Topic → next offset that must have been written at least, by partition. */
  readonly #offsets: ReadonlyMap<string, number[]>;

  private constructor(offsets: ReadonlyMap<string, number[]>) {
    this.#offsets = offsets;
  }

  /** Of these topics, all with so many partitions. Fails like `stableOffset`. */
  static async now(
    log: StableEnds,
    { topics, partitions }: { readonly topics: readonly string[]; readonly partitions: number },
  ): Promise<ReadingFloor> {
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const endsOf = async (topic: string) =>
      [topic, await Promise.all(all.map((partition) => log.stableOffset(topic, partition)))] as const;
    return new ReadingFloor(new Map(await Promise.all(topics.map(endsOf))));
  }

  /** To be asked before the store is: an answer that was overtaken by a later one is none of an older copy. */
  of(topic: string, partition: number): number {
    return this.#offsets.get(topic)?.[partition] ?? 0;
  }

  /** The store has been seen here. */
  raise(topic: string, partition: number, nextOffset: number): void {
    const offsets = this.#offsets.get(topic);
    if (offsets !== undefined) offsets[partition] = Math.max(offsets[partition] ?? 0, nextOffset);
  }
}
