/**
 * Waits until the ledger shows a submission, by asking the database again and again: one question at a time for all who wait, so that
 * those who wait while the ledger stands still take no more of the database than one connection. How long a caller waits is bounded; how
 * many wait at once is too, and who comes when all places are taken does not wait.
 */
import type { EntriesStore, SubmissionName, SubmissionState } from './entries-store.ts';

const POLL_MS = 40;
const PLACES = 200;

export type WaitingClock = {
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
};

type Waiter = SubmissionName & {
  /** By the clock. */
  readonly endMs: number;
  readonly resolve: (state: SubmissionState | null) => void;
  readonly reject: (error: unknown) => void;
};

export class LedgerWaiting {
  readonly #store: Pick<EntriesStore, 'statesOf'>;
  readonly #clock: WaitingClock;
  readonly #waiters = new Set<Waiter>();
  #isFollowing = false;

  constructor(store: Pick<EntriesStore, 'statesOf'>, clock: WaitingClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * The state once it is decided; null if that did not happen in time. A question that has been asked by then is waited for. `duplicate` can
   * turn out to be a refusal that has not arrived yet, so it counts only when time is up. Fails with the question.
   */
  async decided(merchantId: string, submissionId: string, waitMs: number): Promise<SubmissionState | null> {
    if (this.#waiters.size >= PLACES) return null;
    const { promise, resolve, reject } = Promise.withResolvers<SubmissionState | null>();
    this.#waiters.add({ merchantId, submissionId, endMs: this.#clock.nowMs() + waitMs, resolve, reject });
    if (!this.#isFollowing) void this.#follow();
    return promise;
  }

  /** Asks for as long as anybody waits. */
  async #follow(): Promise<void> {
    this.#isFollowing = true;
    while (this.#waiters.size > 0) {
      const firstEndMs = Math.min(...[...this.#waiters].map(({ endMs }) => endMs));
      await this.#clock.sleep(Math.max(0, Math.min(POLL_MS, firstEndMs - this.#clock.nowMs())));
      await this.#ask([...this.#waiters]);
    }
    this.#isFollowing = false;
  }

  async #ask(waiters: readonly Waiter[]): Promise<void> {
    try {
      const states = await this.#store.statesOf(waiters);
      for (const [index, waiter] of waiters.entries()) this.#tell(waiter, states[index] ?? null);
    } catch (error) {
      for (const waiter of waiters) {
        this.#waiters.delete(waiter);
        waiter.reject(error);
      }
    }
  }

  #tell(waiter: Waiter, state: SubmissionState | null): void {
    const isDecided = state?.state === 'posted' || state?.state === 'rejected';
    if (!isDecided && this.#clock.nowMs() < waiter.endMs) return;
    this.#waiters.delete(waiter);
    waiter.resolve(isDecided || state?.state === 'duplicate' ? state : null);
  }
}
