/**
 * At most so many questions under way at a time; one more fails at once. It stands around a circuit breaker, not in it: that many ask
 * says nothing about who is asked, neither for it nor against it.
 */
export class Bulkhead {
  readonly #places: number;
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** What the question brings. Fails like it, or when no place is left. */
  async within<Value>(question: () => Promise<Value>): Promise<Value> {
    if (this.#taken >= this.#places) throw new Error('as many questions as may be are under way');
    this.#taken += 1;
    try {
      return await question();
    } finally {
      this.#taken -= 1;
    }
  }
}
