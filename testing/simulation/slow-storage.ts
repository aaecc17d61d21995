/**
 * Tiered storage that takes its time: what a broker has moved away it answers without records and without an error where reading it takes
 * longer than it waits (KIP-405, `remote.fetch.max.wait.ms`). Compacted topics are never moved away. It draws its own chance from the
 * seed, so that a schedule without it is as it always was.
 */
import { allTopics } from '@fluxo/schemas';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';

const BLANK_SHARE = 0.2;
const movedAway: ReadonlySet<string> = new Set(
  allTopics.filter(({ cleanup }) => cleanup === 'delete').map(({ name }) => name),
);

export class SlowStorage {
  readonly #random: SeededRandom;
  /** How often records were there and the answer had none. */
  blanks = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed ^ 0x510e);
  }

  /** Asked where a fetch has found records of this topic: whether it is answered without them. */
  isTooSlow(topic: string): boolean {
    if (!movedAway.has(topic) || !this.#random.isChance(BLANK_SHARE)) return false;
    this.blanks += 1;
    return true;
  }
}
