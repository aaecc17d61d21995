/**
 * A run of the day-end export: whatever was closed since the last one is written, partition by partition, closing by closing, and after each the
 * positions move on. It may be repeated, broken off anywhere, and run beside another: files are written once, and what they hold does not depend on
 * when. A closing that cannot be exported holds its partition and no other; one that takes longer than a run is gone on with by the next.
 */
import { type ExportName, exportKey } from '@fluxo/schemas';
import type { Closing, Closings } from './closings.ts';
import { filesOfDay } from './day-files.ts';
import type { ExportStore } from './export-store.ts';

/** Closings that are read at once. */
const BATCH_CLOSINGS = 50;
const FROM_THE_BEGINNING = -1;
/** Of a day. */
const FILES = 3;
/** Where it is, the others are. */
const LAST_FILE: ExportName = 'closing.json';

export type ExportCount = {
  readonly closings: number;
  readonly written: number;
  /** Files that were there: of a run that did not come to the end of a closing, or of one beside this. */
  readonly present: number;
  /** Nothing is left to the next run. */
  readonly isWhole: boolean;
};

export type ExportOptions = {
  readonly closings: Closings;
  readonly store: ExportStore;
  /** Asked before each day. */
  readonly isTimeLeft: () => boolean;
  /** A whole number, another one from run to run: which partition is the first, so that one that takes all the time does not stop the others. */
  readonly turn: number;
};

/** Fails, after all other partitions are done, with what stopped the first that could not go on. */
export async function exportClosings(options: ExportOptions): Promise<ExportCount> {
  const run = new Run(options);
  const positions = new Map(await options.store.positions());
  const failures: unknown[] = [];
  for (const partition of inTurn(await options.closings.partitions(), options.turn)) {
    try {
      await run.exportPartition(partition, positions);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return run.count;
}

function inTurn(partitions: readonly number[], turn: number): readonly number[] {
  const first = turn % partitions.length;
  return [...partitions.slice(first), ...partitions.slice(0, first)];
}

class Run {
  readonly #options: ExportOptions;
  readonly #count = { closings: 0, written: 0, present: 0, isWhole: true };

  constructor(options: ExportOptions) {
    this.#options = options;
  }

  get count(): ExportCount {
    return this.#count;
  }

  async exportPartition(partition: number, positions: Map<number, number>): Promise<void> {
    const { closings, store } = this.#options;
    for (;;) {
      const reached = positions.get(partition) ?? FROM_THE_BEGINNING;
      const next = await closings.behind(partition, reached, BATCH_CLOSINGS);
      if (next.length === 0) return;
      for (const closing of next) {
        if (!(await this.#export(closing))) return;
        positions.set(partition, closing.sourceOffset);
        await store.keepPositions(positions);
      }
    }
  }

  /** Whether there was time for all of it. */
  async #export(closing: Closing): Promise<boolean> {
    for (const businessDate of await this.#options.closings.daysOf(closing)) {
      if (!this.#options.isTimeLeft()) {
        this.#count.isWhole = false;
        return false;
      }
      await this.#exportDay(closing, businessDate);
    }
    this.#count.closings += 1;
    return true;
  }

  /** One that is there is not read again: a first closing may have years of them behind it, and take many runs. */
  async #exportDay(closing: Closing, businessDate: string): Promise<void> {
    const { closings, store } = this.#options;
    if (await store.has(exportKey({ ...closing, businessDate }, LAST_FILE))) {
      this.#count.present += FILES;
      return;
    }
    const files = await closings.readDay(closing, businessDate, (books) =>
      filesOfDay(closing, businessDate, books),
    );
    for (const file of files)
      if (await store.putOnce(file)) this.#count.written += 1;
      else this.#count.present += 1;
  }
}
