/**
 * Callers that wait for a revision of a merchant to arrive in the memory view. They are woken by its arrival, never by polling;
 * they give up after their time, and when too many wait already, at once.
 */
const WAITERS_MAX = 10_000;

type Waiter = { readonly revision: number; readonly wake: () => void };

export class Arrivals {
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #waitersMax: number;
  #count = 0;

  constructor(waitersMax = WAITERS_MAX) {
    this.#waitersMax = waitersMax;
  }

  get waiting(): number {
    return this.#count;
  }

  /** Resolves when `arrived` is told of this revision or a higher one, or after `waitMs`. */
  wait(merchantId: string, revision: number, waitMs: number): Promise<void> {
    if (this.#count >= this.#waitersMax) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(merchantId) ?? new Set();
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(merchantId);
        this.#count -= 1;
        resolve();
      };
      const waiter = { revision, wake };
      const timer = setTimeout(wake, waitMs);
      this.#waiters.set(merchantId, waiters.add(waiter));
      this.#count += 1;
    });
  }

  arrived(merchantId: string, revision: number): void {
    const waiters = this.#waiters.get(merchantId);
    if (waiters === undefined) return;
    for (const waiter of waiters) if (waiter.revision <= revision) waiter.wake();
  }
}
