/**
 * Waits until the ledger shows a submission, by asking the database again and again. How long a caller waits is bounded; how many wait
 * at once is too, and who comes when all places are taken does not wait.
 */
import type { EntriesStore, SubmissionState } from './entries-store.ts';

const POLL_MS = 40;
const PLACES = 200;

export class LedgerWaiting {
  readonly #store: Pick<EntriesStore, 'stateOf'>;
  readonly #sleep: (ms: number) => Promise<void>;
  #taken = 0;

  constructor(store: Pick<EntriesStore, 'stateOf'>, sleep: (ms: number) => Promise<void>) {
    this.#store = store;
    this.#sleep = sleep;
  }

  /** The state once it is decided; null if that did not happen in time. */
  async decided(merchantId: string, submissionId: string, waitMs: number): Promise<SubmissionState | null> {
    if (this.#taken >= PLACES) return null;
    this.#taken += 1;
    try {
      for (let waitedMs = 0; waitedMs < waitMs; waitedMs += POLL_MS) {
        await this.#sleep(POLL_MS);
        const state = await this.#store.stateOf(merchantId, submissionId);
        if (state !== null && state.state !== 'accepted') return state;
      }
      return null;
    } finally {
      this.#taken -= 1;
    }
  }
}
