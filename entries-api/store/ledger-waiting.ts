/**
 * Waits until the ledger shows a submission, by asking the database again and again. How long a caller waits is bounded; how many wait
 * at once is too, and who comes when all places are taken does not wait.
 */
import type { EntriesStore, SubmissionState } from './entries-store.ts';

const POLL_MS = 40;
const PLACES = 200;

export type WaitingClock = {
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
};

export class LedgerWaiting {
  readonly #store: Pick<EntriesStore, 'stateOf'>;
  readonly #clock: WaitingClock;
  #taken = 0;

  constructor(store: Pick<EntriesStore, 'stateOf'>, clock: WaitingClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * The state once it is decided; null if that did not happen in time. A question that has been asked by then is waited for. `duplicate` can
   * turn out to be a refusal that has not arrived yet, so it counts only when time is up.
   */
  async decided(merchantId: string, submissionId: string, waitMs: number): Promise<SubmissionState | null> {
    if (this.#taken >= PLACES) return null;
    this.#taken += 1;
    try {
      let duplicate: SubmissionState | null = null;
      const endMs = this.#clock.nowMs() + waitMs;
      for (let leftMs = waitMs; leftMs > 0; leftMs = endMs - this.#clock.nowMs()) {
        await this.#clock.sleep(Math.min(POLL_MS, leftMs));
        const state = await this.#store.stateOf(merchantId, submissionId);
        if (state?.state === 'posted' || state?.state === 'rejected') return state;
        duplicate = state?.state === 'duplicate' ? state : null;
      }
      return duplicate;
    } finally {
      this.#taken -= 1;
    }
  }
}
