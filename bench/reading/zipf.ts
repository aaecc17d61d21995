/** Zipf's law with exponent 1: the item of rank k is chosen in proportion to 1 / k, as merchants of a network are asked for. */

export class Zipf {
  /** Up to and including each rank, the sum of the shares; ends with 1. */
  readonly #cumulative: Float64Array;

  /** `count`: how many items there are, at least one. */
  constructor(count: number) {
    this.#cumulative = new Float64Array(count);
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      sum += 1 / (index + 1);
      this.#cumulative[index] = sum;
    }
    for (let index = 0; index < count; index += 1) this.#cumulative[index] = this.#upTo(index) / sum;
  }

  /** The index of an item, 0 for the most frequent; `chance` is uniform, at least 0, below 1. */
  at(chance: number): number {
    let [low, high] = [0, this.#cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#upTo(middle) > chance) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #upTo(index: number): number {
    return this.#cumulative[index] as number;
  }
}
