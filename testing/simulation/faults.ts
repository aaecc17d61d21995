/**
 * What can go wrong in a schedule, drawn from its seed. Faults of requests lie in wait for the next request of their kind; the
 * others strike at once. Each is counted when it has hit something, not when it was planned.
 */
import type { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { Api } from './broker/request-handler.ts';
import { type Client, type Fate, usualFate } from './network.ts';

/** Faults of one request. */
export type RequestFault =
  | 'request-lost'
  | 'request-late'
  | 'request-repeated'
  | 'answer-lost'
  | 'answer-late'
  /** The process dies when it is about to send it, or when it has just sent it. */
  | 'killed-before-request'
  | 'killed-after-request'
  /** The process stands still when it has just sent it, and goes on much later. */
  | 'frozen-after-request';

/** Faults that strike whatever is going on. */
export type WorldFault =
  | 'killed'
  | 'frozen'
  | 'twin'
  | 'joins'
  | 'leaves'
  | 'markers-late'
  | 'leader-moves'
  | 'coordinator-moves'
  | 'broker-unreachable'
  | 'registry-unreachable';

export type FaultKind = RequestFault | WorldFault;

export const requestFaults: readonly (readonly [RequestFault, number])[] = [
  ['request-lost', 3],
  ['request-late', 4],
  ['request-repeated', 3],
  ['answer-lost', 4],
  ['answer-late', 3],
  ['killed-before-request', 2],
  ['killed-after-request', 3],
  ['frozen-after-request', 2],
];

const worldFaults: readonly (readonly [WorldFault, number])[] = [
  ['killed', 2],
  ['frozen', 2],
  ['twin', 1],
  ['joins', 2],
  ['leaves', 2],
  ['markers-late', 3],
  ['leader-moves', 1],
  ['coordinator-moves', 1],
  ['broker-unreachable', 1],
  ['registry-unreachable', 1],
];

/** What faults of requests prefer: what changes something. */
const targets: readonly (readonly [Api, number])[] = [
  ['produce', 6],
  ['txnOffsetCommit', 6],
  ['endTxn', 8],
  ['initProducerId', 3],
  ['offsetFetch', 3],
  ['joinGroup', 2],
  ['syncGroup', 2],
  ['heartbeat', 2],
  ['fetch', 2],
  ['listOffsets', 1],
  ['metadata', 1],
  ['findCoordinator', 1],
];

/** Longest time a request is late: longer than any time-out of a client, a session or a transaction. */
const LATE_MAX_MS = 16_000;

export type Ambush = { readonly api: Api; readonly fault: RequestFault };
export type PlannedFault =
  | { readonly kind: 'request'; readonly ambush: Ambush }
  | { readonly kind: 'world'; readonly fault: WorldFault };

export function drawFault(random: SeededRandom): PlannedFault {
  if (random.isChance(0.35)) return { kind: 'world', fault: random.weighted(worldFaults) };
  return {
    kind: 'request',
    ambush: { api: random.weighted(targets), fault: random.weighted(requestFaults) },
  };
}

export type AmbushOptions = {
  readonly random: SeededRandom;
  readonly onHit: (fault: RequestFault, client: Client, api: Api) => void;
};

/** The faults that wait for their request. */
export class Ambushes {
  readonly #options: AmbushOptions;
  #waiting: Ambush[] = [];
  /** The longest any request may still be on its way after now, milliseconds. */
  longestDelayMs = 0;

  constructor(options: AmbushOptions) {
    this.#options = options;
  }

  add(ambush: Ambush): void {
    this.#waiting.push(ambush);
  }

  clear(): void {
    this.#waiting = [];
  }

  fateOf(client: Client, api: Api): Fate {
    const index = this.#waiting.findIndex((each) => each.api === api);
    if (index < 0) return usualFate;
    const { fault } = this.#waiting.splice(index, 1)[0] as Ambush;
    this.#options.onHit(fault, client, api);
    const fate = this.#drawFate(fault);
    this.longestDelayMs = Math.max(this.longestDelayMs, fate.requestDelayMs ?? 0, fate.repeatedAfterMs ?? 0);
    return fate;
  }

  #drawFate(fault: RequestFault): Fate {
    const { random } = this.#options;
    const isCut = random.isChance(0.5);
    switch (fault) {
      case 'request-lost':
        return { ...usualFate, requestDelayMs: null, isCut };
      case 'request-late':
        return { ...usualFate, requestDelayMs: this.#lateMs(), isCut };
      case 'request-repeated':
        return { ...usualFate, repeatedAfterMs: this.#lateMs(), isCut: random.isChance(0.3) };
      case 'answer-lost':
        return { ...usualFate, answerDelayMs: null, isCut };
      case 'answer-late':
        return { ...usualFate, answerDelayMs: this.#lateMs() };
      case 'killed-before-request':
        return { ...usualFate, requestDelayMs: null };
      case 'killed-after-request':
      case 'frozen-after-request':
        return usualFate;
    }
  }

  /** Often a moment, sometimes longer than everybody's patience. */
  #lateMs(): number {
    const { random } = this.#options;
    return random.next() ** 3 * LATE_MAX_MS + 1;
  }
}
