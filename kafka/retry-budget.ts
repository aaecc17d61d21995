/**
 * Repeating with a limit: pauses that double from a few milliseconds up to a bound, until the time allowed is used up; then the
 * last cause is thrown. One budget belongs to one call of ours, however many requests that call takes.
 */
import type { Clock } from './clock.ts';

export type RetryLimits = {
  /** How long attempts may go on, from the creation of the budget. */
  readonly budgetMs: number;
  readonly pauseFirstMs: number;
  readonly pauseMaxMs: number;
};

export class RetryBudget {
  readonly #clock: Clock;
  readonly #limits: RetryLimits;
  readonly #deadlineMs: number;
  #pauseMs: number;

  constructor(clock: Clock, limits: RetryLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#deadlineMs = clock.nowMs() + limits.budgetMs;
    this.#pauseMs = limits.pauseFirstMs;
  }

  /** Waits before the next attempt. Throws `cause()` instead when the time is used up. */
  async pause(cause: () => Error): Promise<void> {
    if (this.#clock.nowMs() + this.#pauseMs > this.#deadlineMs) throw cause();
    await this.#clock.sleep(this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#limits.pauseMaxMs);
  }
}
