/**
 * A view behind the memory, with what keeps a slow or broken store from becoming everybody's trouble: however many callers ask the
 * same at once, the store is asked once; so many questions at a time and no more; each has a time limit; and after many failures
 * it is not asked at all for a while (opossum). Whatever goes wrong comes out as `ViewUnavailableError`, and the next tier is asked.
 */

import { Bulkhead } from '@fluxo/http';
import type { Merchant } from '@fluxo/schemas';
import CircuitBreaker from 'opossum';
import {
  type Answer,
  type BalanceView,
  type DateRange,
  type MerchantDays,
  type Told,
  ViewUnavailableError,
} from './balance-view.ts';
import { withinLimit } from './time-limit.ts';

export type GuardOptions = {
  /** As `withinLimit` counts it. */
  readonly answerWithinMs: number;
  /** Different questions at the same time; more are refused rather than queued. */
  readonly questionsAtOnceMax: number;
  /** How long a store that has failed often is left alone. */
  readonly openForMs?: number;
};

const FAILURES_PERCENT_MAX = 50;
/** Fewer questions than this in `COUNTED_FOR_MS` say nothing about a store. */
const QUESTIONS_MIN = 5;
const COUNTED_FOR_MS = 10_000;
const OPEN_FOR_MS = 2_000;

type Look = () => unknown;

export class GuardedView implements BalanceView {
  readonly tier;
  readonly #view: BalanceView;
  readonly #breaker: CircuitBreaker<[Look]>;
  /** Look-ups under way, by question. */
  readonly #underWay = new Map<string, Promise<unknown>>();
  /** The places at the store. */
  readonly #bulkhead: Bulkhead;

  constructor(
    view: BalanceView,
    { answerWithinMs, questionsAtOnceMax, openForMs = OPEN_FOR_MS }: GuardOptions,
  ) {
    this.tier = view.tier;
    this.#view = view;
    this.#bulkhead = new Bulkhead(questionsAtOnceMax);
    this.#breaker = new CircuitBreaker((look: Look) => withinLimit(answerWithinMs, look), {
      // Its own would fire before an answer that has come is read.
      timeout: false,
      errorThresholdPercentage: FAILURES_PERCENT_MAX,
      volumeThreshold: QUESTIONS_MIN,
      resetTimeout: openForMs,
      rollingCountTimeout: COUNTED_FOR_MS,
    });
  }

  /** Whether the store is left alone, but for a question now and then that shows whether it is back. */
  get isOpen(): boolean {
    return !this.#breaker.closed;
  }

  merchant(merchantId: string): Promise<Answer<Merchant>> {
    return this.#once(`${merchantId} merchant`, () => this.#view.merchant(merchantId));
  }

  days(merchantId: string, range: DateRange): Promise<Answer<MerchantDays>> {
    return this.#once(`${merchantId} ${range.from} ${range.to}`, () => this.#view.days(merchantId, range));
  }

  latest(merchantId: string): Promise<Answer<MerchantDays>> {
    return this.#once(`${merchantId} latest`, () => this.#view.latest(merchantId));
  }

  #once<Value>(question: string, look: () => Told<Answer<Value>>): Promise<Answer<Value>> {
    const underWay = this.#underWay.get(question) as Promise<Answer<Value>> | undefined;
    if (underWay !== undefined) return underWay;
    const answer = this.#guarded(look).finally(() => this.#underWay.delete(question));
    this.#underWay.set(question, answer);
    return answer;
  }

  async #guarded<Value>(look: () => Told<Answer<Value>>): Promise<Answer<Value>> {
    try {
      return (await this.#bulkhead.within(() => this.#breaker.fire(look))) as Answer<Value>;
    } catch (error) {
      if (error instanceof ViewUnavailableError) throw error;
      throw new ViewUnavailableError(`${this.tier} cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
