/**
 * The views one behind the other: memory first; Redis where memory does not know the merchant (it may have been created a moment
 * ago) or is still loading; DynamoDB where Redis cannot tell. An answer always comes from one view as a whole. If nobody can
 * tell, nobody guesses: the caller gets a failure to be repeated.
 */
import type { Merchant } from '@fluxo/schemas';
import type { Answer, BalanceView, DateRange, MerchantDays, Tier } from './balance-view.ts';
import { ViewUnavailableError } from './balance-view.ts';
import type { MemoryView } from './memory/memory-view.ts';

/** How long a caller waits for a revision it has seen elsewhere, before it gets what there is. */
export const ARRIVAL_WAIT_MS = 2_000;

export type Reading<Value> = {
  readonly value: Value;
  /** The greatest revision of anything the view holds of the merchant: what a caller waits for is above it. */
  readonly head: number;
  readonly tier: Tier;
  /** False if the revision the caller asked for had not arrived when its time was up. */
  readonly isFresh: boolean;
};

type Question<Value> = (view: BalanceView) => Promise<Answer<Value>>;
type Reply<Value> = { readonly answer: Answer<Value>; readonly tier: Tier };

export class TieredView {
  readonly #memory: MemoryView;
  readonly #behind: readonly BalanceView[];

  /** `behind`: in the order in which they are asked. */
  constructor(memory: MemoryView, behind: readonly BalanceView[]) {
    this.#memory = memory;
    this.#behind = behind;
  }

  /** Each look-up: null if there is no such merchant; waits up to `ARRIVAL_WAIT_MS` for `minRevision` (0: none) of the merchant. */
  merchant(merchantId: string, minRevision: number): Promise<Reading<Merchant> | null> {
    return this.#read(merchantId, minRevision, (view) => view.merchant(merchantId));
  }

  days(merchantId: string, range: DateRange, minRevision: number): Promise<Reading<MerchantDays> | null> {
    return this.#read(merchantId, minRevision, (view) => view.days(merchantId, range));
  }

  latest(merchantId: string, minRevision: number): Promise<Reading<MerchantDays> | null> {
    return this.#read(merchantId, minRevision, (view) => view.latest(merchantId));
  }

  async #read<Value>(
    merchantId: string,
    minRevision: number,
    question: Question<Value>,
  ): Promise<Reading<Value> | null> {
    let reply = await this.#ask(question);
    if (minRevision > headOf(reply.answer)) {
      await this.#memory.reached(merchantId, minRevision, ARRIVAL_WAIT_MS);
      reply = await this.#ask(question);
    }
    const { answer, tier } = reply;
    if (answer.kind === 'unknown') return null;
    if (answer.kind === 'known') {
      const { value, head } = answer;
      return { value, head, tier, isFresh: head >= minRevision };
    }
    throw new ViewUnavailableError('the views are still being built');
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

function headOf(answer: Answer<unknown>): number {
  return answer.kind === 'known' ? answer.head : 0;
}
