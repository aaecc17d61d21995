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
type Wanted = {
  readonly merchantId: string;
  readonly minRevision: number;
  readonly subject: 'merchant' | 'days';
};
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
    const wanted: Wanted = { merchantId, minRevision, subject: 'merchant' };
    return this.#read(inMemory, wanted, (view) => view.merchant(merchantId));
  }

  days(merchantId: string, range: DateRange, minRevision: number): Told<Reading<MerchantDays> | null> {
    const inMemory = this.#memory.days(merchantId, range);
    const wanted: Wanted = { merchantId, minRevision, subject: 'days' };
    return this.#read(inMemory, wanted, (view) => view.days(merchantId, range));
  }

  latest(merchantId: string, minRevision: number): Told<Reading<MerchantDays> | null> {
    const inMemory = this.#memory.latest(merchantId);
    const wanted: Wanted = { merchantId, minRevision, subject: 'days' };
    return this.#read(inMemory, wanted, (view) => view.latest(merchantId));
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

  /**
   * Where it takes more than a look into memory. What a view behind has shown to have come may have come while its documents were being read one
   * after the other, so it is asked once more.
   */
  async #readOn<Value extends Looked>(
    wanted: Wanted,
    question: Question<Value>,
  ): Promise<Reading<Value> | null> {
    const reply = await this.#ask(question);
    if (wanted.minRevision === 0) return readingOf(reply, true);
    const isThere = isReached(reply, wanted);
    const tier = isThere ? reply.tier : await this.#reached(wanted);
    // The next look-up may be one that others began before it came; the one after that is none.
    if (!isThere && tier !== null) await this.#ask(question);
    const again = await this.#ask(question);
    const isInMemory = again.tier === this.#memory.tier && isReached(again, wanted);
    return readingOf(again, again.tier === tier || isInMemory);
  }

  /**
   * Resolves when the revision has arrived, or the time to wait is over. The views behind do not say when something arrives, so they are asked:
   * resolves with the one that has all of it, also where the documents that the caller asks for do not show that.
   */
  async #reached({ merchantId, minRevision, subject }: Wanted): Promise<Tier | null> {
    if (this.#memory.isLoaded && this.#memory.holds(merchantId)) {
      await this.#memory.reached(merchantId, minRevision, ARRIVAL_WAIT_MS);
      return null;
    }
    for (let waitedMs = 0; waitedMs < ARRIVAL_WAIT_MS; waitedMs += ASK_AGAIN_MS) {
      const { answer, tier } = await this.#ask((view) => view.latest(merchantId));
      if (answer.kind === 'known') {
        const [merchant, last] = [answer.value.merchant.revision, shownBy(answer.value)];
        const [own, other] = subject === 'merchant' ? [merchant, last] : [last, merchant];
        if (own >= minRevision) return tier;
        if (other >= minRevision) return null;
      }
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
 * Whether the revision has come. The views behind are written from two topics that do not wait for each other: documents say nothing of the
 * merchant, nor it of them. And a write may end between the documents that one entry changes: those of its day and all later ones, in this order.
 */
function isReached({ answer, tier }: Reply<Looked>, { minRevision }: Wanted): boolean {
  if (answer.kind !== 'known') return false;
  return (tier === 'memory' ? answer.head : shownBy(answer.value)) >= minRevision;
}

/** The revision up to which all of it has come: that of the merchant, or of the last document that was found; 0: of none. */
function shownBy(value: Looked): number {
  if (!('days' in value)) return value.revision;
  return (value.days.at(-1) ?? value.before)?.revision ?? 0;
}
