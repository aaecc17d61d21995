/**
 * The disk of the machine that all processes of a schedule run on: the checkpoints they share, and what becomes of them between two
 * lives. It draws its own chance from the seed, so that the rest of a schedule is drawn as if there were no disk.
 */
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { CheckpointPace } from '../../streams/engine/checkpointer.ts';
import { type DiskFault, InMemoryCheckpoints } from '../in-memory-checkpoints.ts';

const FAULTS: readonly DiskFault[] = ['lost', 'older', 'older', 'damaged'];
const FAULT_SHARE = 0.2;

export class Disk {
  readonly checkpoints = new InMemoryCheckpoints();
  readonly pace: CheckpointPace;
  readonly #random: SeededRandom;
  readonly #partitions: number;
  readonly #trace: (line: string) => void;

  constructor(options: { seed: number; partitions: number; trace: (line: string) => void }) {
    this.#random = new SeededRandom(options.seed ^ 0x5eed);
    this.#partitions = options.partitions;
    this.#trace = options.trace;
    this.pace = { recordsMin: 1 + this.#random.below(30), everyMs: 200 + this.#random.below(2_000) };
  }

  /** Called when a process starts: what it finds may be gone, older than it was, or damaged. */
  mayHurt(): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      if (!this.#random.isChance(FAULT_SHARE)) continue;
      const fault = FAULTS[this.#random.below(FAULTS.length)] as DiskFault;
      if (this.checkpoints.hurt(partition, fault))
        this.#trace(`checkpoint of partition ${partition}: ${fault}`);
    }
  }
}
