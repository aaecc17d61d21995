/**
 * How long the markers of a transaction take. Usually a few milliseconds each; of a transaction that was chosen, some take
 * seconds, so that one partition shows it while another does not, and meanwhile the process that ended it may be gone or
 * another one be taking over: the moment in which a restore that reads too little goes wrong.
 */
import type { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { Decision } from './broker/transaction-coordinator.ts';
import type { Fleet } from './fleet.ts';
import type { Timeline } from './timeline.ts';

export type LateMarkersOptions = {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly fleet: Fleet;
  readonly onHit: (transactionalId: string) => void;
};

/** Longer than a session: somebody else takes over while markers are missing. */
const LONG_MS = 14_000;
/** Shorter than a process tries to begin its next transaction. */
const SHORT_MS = 3_000;
const USUAL_MS = 4;

/** What happens to the process that ended the transaction while its markers are missing. */
type Disturbance = 'another-joins' | 'killed' | 'killed-for-long' | 'frozen' | 'none';

const disturbances: readonly (readonly [Disturbance, number])[] = [
  ['another-joins', 3],
  ['killed', 2],
  ['killed-for-long', 3],
  ['frozen', 1],
  ['none', 1],
];

export class LateMarkers {
  readonly #options: LateMarkersOptions;
  #chosen: 'next' | Disturbance | 'nothing' = 'nothing';

  constructor(options: LateMarkersOptions) {
    this.#options = options;
  }

  /** Chooses the next transaction that ends. */
  choose(): void {
    this.#chosen = 'next';
  }

  forget(): void {
    this.#chosen = 'nothing';
  }

  /** Called when a transaction has ended, before the delays of its markers are asked for. */
  decided({ transactionalId }: Decision): void {
    const { timeline, random, onHit } = this.#options;
    const isChosen = this.#chosen === 'next';
    this.#chosen = 'nothing';
    if (!isChosen) return;
    const disturbance = random.weighted(disturbances);
    this.#chosen = disturbance;
    onHit(transactionalId);
    timeline.after(random.next() * 20, () => this.#disturb(disturbance, transactionalId));
  }

  delayMs(): number {
    const { random } = this.#options;
    const isLate = this.#chosen !== 'nothing' && this.#chosen !== 'next' && random.isChance(0.4);
    if (!isLate) return random.next() * USUAL_MS;
    return 20 + random.next() * (this.#chosen === 'killed-for-long' ? LONG_MS : SHORT_MS);
  }

  #disturb(disturbance: Disturbance, transactionalId: string): void {
    const { fleet, random } = this.#options;
    const process = fleet.running.find(({ name }) => transactionalId.endsWith(`-${name}`));
    if (disturbance === 'another-joins') fleet.startAnother();
    if (process === undefined) return;
    if (disturbance === 'killed') fleet.kill(process);
    if (disturbance === 'killed-for-long') fleet.kill(process, LONG_MS * (1 + random.next()));
    if (disturbance === 'frozen') fleet.freeze(process);
  }
}
