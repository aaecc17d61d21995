/**
 * The views one behind the other: memory first; Redis where memory does not know the merchant (it may have been created a moment
 * ago) is still loading, or leaves the merchant to another shard; DynamoDB where Redis cannot tell. An answer always comes from one view as a whole. If nobody can
 * tell, nobody guesses: the caller gets a failure to be repeated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Merchant } from '@fluxo/schemas';
import type { Answer, BalanceView, DateRange, MerchantDays, Tier, Told } from './balance-view.ts';
import { ViewUnavailableError } from './balance-view.ts';
import type { MemoryView } from './memory/memory-view.ts';

/** How long a caller waits for a revision it has seen elsewhere, before it gets what there is. */
export const ARRIVAL_WAIT_MS = 2_000;

/** Where the merchant is another shard's. */
const ASK_AGAIN_MS = 100;

export type Reading<Value> = {
  readonly value: Value;
  /** The greatest revision of the merchant that has come to the view: what a caller waits for is above it. */
  readonly head: number;
  readonly tier: Tier;
  /** False if the revision the caller asked for had not arrived when its time was up, or it cannot be told of documents that it had. */
  readonly isFresh: boolean;
};

/** What is looked up. */
type Looked = Merchant | MerchantDays;
type Question<Value> = (view: BalanceView) => Told<Answer<Value>>;
type Wanted = { readonly merchantId: string; readonly minRevision: number };
type Reply<Value> = { readonly answer: Answer<Value>; readonly tier: Tier };

export class TieredView {
  readonly #memory: MemoryView;
  readonly #behind: readonly BalanceView[];

  /** `behind`: in the order in which they are asked. */
  constructor(memory: MemoryView, behind: readonly BalanceView[]) {
    this.#memory = memory;
    this.#behind = behind;
  }

  /**
   * Each look-up: null if there is no such merchant; waits up to `ARRIVAL_WAIT_MS` for `minRevision` (0: none) of the merchant. What memory
   * can tell is told at once.
   */
  merchant(merchantId: string, minRevision: number): Told<Reading<Merchant> | null> {
    const inMemory = this.#memory.merchant(merchantId);
    return this.#read(inMemory, { merchantId, minRevision }, (view) => view.merchant(merchantId));
  }

  days(merchantId: string, range: DateRange, minRevision: number): Told<Reading<MerchantDays> | null> {
    const inMemory = this.#memory.days(merchantId, range);
    return this.#read(inMemory, { merchantId, minRevision }, (view) => view.days(merchantId, range));
  }

  latest(merchantId: string, minRevision: number): Told<Reading<MerchantDays> | null> {
    const inMemory = this.#memory.latest(merchantId);
    return this.#read(inMemory, { merchantId, minRevision }, (view) => view.latest(merchantId));
  }

  #read<Value extends Looked>(
    answer: Answer<Value>,
    wanted: Wanted,
    question: Question<Value>,
  ): Told<Reading<Value> | null> {
    const isEnough = answer.kind === 'known' && answer.head >= wanted.minRevision;
    if (isEnough) return readingOf({ answer, tier: this.#memory.tier }, true);
    return this.#readOn(wanted, question);
  }

  /** Where it takes more than a look into memory. */
  async #readOn<Value extends Looked>(
    wanted: Wanted,
    question: Question<Value>,
  ): Promise<Reading<Value> | null> {
    const reply = await this.#ask(question);
    if (isReached(reply, wanted)) return readingOf(reply, true);
    const tier = await this.#reached(wanted);
    const again = await this.#ask(question);
    return readingOf(again, again.tier === tier || isReached(again, wanted));
  }

  /**
   * Resolves when the revision has arrived, or the time to wait is over. The views behind do not say when something arrives, so they are asked:
   * resolves with the one that has all of it, also where the documents that the caller asks for do not show that.
   */
  async #reached(wanted: Wanted): Promise<Tier | null> {
    const { merchantId, minRevision } = wanted;
    if (this.#memory.isLoaded && this.#memory.holds(merchantId)) {
      await this.#memory.reached(merchantId, minRevision, ARRIVAL_WAIT_MS);
      return null;
    }
    for (let waitedMs = 0; waitedMs < ARRIVAL_WAIT_MS; waitedMs += ASK_AGAIN_MS) {
      const latest = await this.#ask((view) => view.latest(merchantId));
      if (isReached(latest, wanted)) return latest.tier;
      const { answer } = latest;
      if (answer.kind === 'known' && answer.value.merchant.revision >= minRevision) return null;
      await sleep(ASK_AGAIN_MS);
    }
    return null;
  }

  async #ask<Value>(question: Question<Value>): Promise<Reply<Value>> {
    const answer = await question(this.#memory);
    if (answer.kind === 'known') return { answer, tier: this.#memory.tier };
    let failure: ViewUnavailableError | null = null;
    for (const view of this.#behind) {
      try {
        const further = await question(view);
        if (further.kind !== 'incomplete') return { answer: further, tier: view.tier };
      } catch (error) {
        if (!(error instanceof ViewUnavailableError)) throw error;
        failure = error;
      }
    }
    if (failure !== null) throw failure;
    // Memory may be complete and know no such merchant; that others are incomplete takes nothing away from that.
    return { answer, tier: this.#memory.tier };
  }
}

function readingOf<Value>({ answer, tier }: Reply<Value>, isFresh: boolean): Reading<Value> | null {
  if (answer.kind === 'unknown') return null;
  if (answer.kind === 'incomplete') throw new ViewUnavailableError('the views are still being built');
  const { value, head } = answer;
  return { value, head, tier, isFresh };
}

/**
 * Whether the revision has come. The views behind are written from two topics that do not wait for each other, and a write may end between the
 * documents that one entry changes: those of its day and all later ones, in this order. So of documents only the last that was found says that
 * it has come to all before it.
 */
function isReached({ answer, tier }: Reply<Looked>, { minRevision }: Wanted): boolean {
  if (headOf(answer) < minRevision) return false;
  if (minRevision === 0 || answer.kind !== 'known' || tier === 'memory') return true;
  const { value } = answer;
  if (!('days' in value)) return true;
  const last = value.days.at(-1) ?? value.before;
  return last !== null && last.revision >= minRevision;
}

function headOf(answer: Answer<unknown>): number {
  return answer.kind === 'known' ? answer.head : 0;
}
