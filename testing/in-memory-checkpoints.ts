/**
 * Checkpoints in memory, as a disk would keep them that can be hurt: lost, replaced by an older copy, or damaged. Promises only, so
 * that it works in simulated time. Passes the same contract as the one of files.
 */
import type { CheckpointStore } from '../streams/engine/checkpoint.ts';

export type DiskFault = 'lost' | 'older' | 'damaged';

type Version = { readonly blocks: readonly Uint8Array[]; isDamaged: boolean };

export class InMemoryCheckpoints implements CheckpointStore {
  /** Partition → what was written and not removed since, the newest last. */
  readonly #versions = new Map<number, Version[]>();
  written = 0;
  /** How often somebody has read one to its end. */
  used = 0;

  async write(partition: number, blocks: Iterable<Uint8Array>): Promise<number> {
    const copies: Uint8Array[] = [];
    for (const block of blocks) {
      copies.push(block.slice());
      await Promise.resolve(); // the writer's state goes on changing between two blocks
    }
    this.#versionsOf(partition).push({ blocks: copies, isDamaged: false });
    this.written += 1;
    return copies.reduce((sum, { length }) => sum + length, 0);
  }

  async *read(partition: number): AsyncGenerator<Uint8Array> {
    const version = this.#versions.get(partition)?.at(-1);
    if (version === undefined) return;
    for (const block of version.blocks) yield block.slice();
    if (version.isDamaged) throw new Error('it was damaged');
    this.used += 1;
  }

  async remove(partition: number): Promise<void> {
    this.#versions.delete(partition);
  }

  /** Hurts the partition's checkpoint; false if there is nothing to hurt. */
  hurt(partition: number, fault: DiskFault): boolean {
    const versions = this.#versionsOf(partition);
    const newest = versions.at(-1);
    if (newest === undefined || (fault === 'older' && versions.length === 1)) return false;
    if (fault === 'lost') this.#versions.delete(partition);
    if (fault === 'older') versions.splice(1);
    if (fault === 'damaged') newest.isDamaged = true;
    return true;
  }

  #versionsOf(partition: number): Version[] {
    const versions = this.#versions.get(partition) ?? [];
    this.#versions.set(partition, versions);
    return versions;
  }
}
