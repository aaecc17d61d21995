/**
 * A run of the day-end export: whatever was closed since the last one is written, partition by partition, closing by closing, then the
 * positions move on. It may be repeated, broken off anywhere, and run beside another: files are written once, and what they hold does not depend on
 * when. A closing that cannot be exported holds its partition and no other.
 */
import type { Closing, Closings } from './closings.ts';
import { filesOfDay } from './day-files.ts';
import type { ExportStore } from './export-store.ts';

/** Closings between two writes of the positions: what is looked at again where a run is broken off. */
const BATCH_CLOSINGS = 50;
const FROM_THE_BEGINNING = -1;

export type ExportCount = {
  readonly closings: number;
  readonly written: number;
  /** Files that were there: of a run that did not come to write its positions, or of one beside this. */
  readonly present: number;
};

export type ExportOptions = { readonly closings: Closings; readonly store: ExportStore };

/** Fails, after all other partitions are done, with what stopped the first that could not go on. */
export async function exportClosings({ closings, store }: ExportOptions): Promise<ExportCount> {
  const run = new Run(closings, store);
  const positions = new Map(await store.positions());
  const failures: unknown[] = [];
  for (const partition of await closings.partitions()) {
    try {
      await run.exportPartition(partition, positions);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return run.count;
}

class Run {
  readonly #closings: Closings;
  readonly #store: ExportStore;
  readonly #count = { closings: 0, written: 0, present: 0 };

  constructor(closings: Closings, store: ExportStore) {
    this.#closings = closings;
    this.#store = store;
  }

  get count(): ExportCount {
    return this.#count;
  }

  async exportPartition(partition: number, positions: Map<number, number>): Promise<void> {
    for (;;) {
      const reached = positions.get(partition) ?? FROM_THE_BEGINNING;
      const next = await this.#closings.behind(partition, reached, BATCH_CLOSINGS);
      for (const closing of next) await this.#export(closing);
      const last = next.at(-1);
      if (last === undefined) return;
      positions.set(partition, last.sourceOffset);
      await this.#store.keepPositions(positions);
    }
  }

  async #export(closing: Closing): Promise<void> {
    for (const businessDate of await this.#closings.daysOf(closing)) {
      const files = await this.#closings.readDay(closing, businessDate, (books) =>
        filesOfDay(closing, businessDate, books),
      );
      for (const file of files)
        if (await this.#store.putOnce(file)) this.#count.written += 1;
        else this.#count.present += 1;
    }
    this.#count.closings += 1;
  }
}
