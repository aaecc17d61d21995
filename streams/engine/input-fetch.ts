/**
 * The fetch that is under way while the worker processes and commits; at most one. What it brings is stale once the tasks have gone
 * back or changed since it was started. A partition that cannot be read on is left out, so that the others are fetched.
 */
import type { InputGroup, PartitionBatch } from './ports.ts';

/** How long a fetch waits for records when there are none. */
export const FETCH_WAIT_MS = 100;

type Fetched = { readonly batches: readonly PartitionBatch[] } | { readonly error: unknown };

export class InputFetch {
  readonly #group: InputGroup;
  /** Partition → the offset at which it could not be read; from the second time on, for the rest of this life. */
  readonly #unreadable = new Map<number, { readonly offset: number; readonly isCertain: boolean }>();
  #underWay: { readonly answer: Promise<Fetched>; isStale: boolean } | null = null;

  constructor(group: InputGroup) {
    this.#group = group;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  /** Fetches from these positions (partition → offset), unless a fetch is under way already or there are none. */
  start(positions: ReadonlyMap<number, number>): void {
    if (this.#underWay !== null) return;
    const readable = new Map(
      [...positions].filter(([partition, offset]) => !this.#isLeftOut(partition, offset)),
    );
    if (readable.size === 0) return;
    const answer = this.#group.fetch(readable, FETCH_WAIT_MS).then(
      (batches) => ({ batches }),
      (error: unknown) => ({ error }),
    );
    this.#underWay = { answer, isStale: false };
  }

  /** What the fetch under way brings; nothing if it is stale, or none is. Fails like `InputGroup.fetch`. */
  async take(): Promise<readonly PartitionBatch[]> {
    const fetch = this.#underWay;
    const fetched = await fetch?.answer;
    this.#underWay = null;
    if (fetched === undefined || fetch?.isStale) return [];
    if ('error' in fetched) throw fetched.error;
    return fetched.batches;
  }

  /**
   * The partition could not be read at this offset. The second time it is left out there from now on, and that is true: the first time the
   * bytes may have been damaged on the way, and come whole when they are asked for again.
   */
  leaveOut(partition: number, offset: number): boolean {
    const isCertain = this.#unreadable.get(partition)?.offset === offset;
    this.#unreadable.set(partition, { offset, isCertain });
    return isCertain;
  }

  #isLeftOut(partition: number, offset: number): boolean {
    const place = this.#unreadable.get(partition);
    return place?.isCertain === true && place.offset === offset;
  }

  /** The tasks have gone back or changed. */
  forget(): void {
    if (this.#underWay !== null) this.#underWay.isStale = true;
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    await this.#underWay?.answer;
  }
}
