/** The days of one merchant in the memory view: dates in order, each with the place of its document. */
import type { DateRange } from '../balance-view.ts';
import type { Address } from './document-slabs.ts';

export class MerchantDays {
  /** Ascending, without repetition; the document of `#dates[i]` is at `#addresses[i]`. */
  readonly #dates: number[] = [];
  readonly #addresses: Address[] = [];

  get count(): number {
    return this.#dates.length;
  }

  addressOf(date: number): Address | undefined {
    const index = this.#lowerBound(date);
    return this.#dates[index] === date ? this.#addresses[index] : undefined;
  }

  set(date: number, address: Address): void {
    const index = this.#lowerBound(date);
    if (this.#dates[index] === date) this.#addresses[index] = address;
    else {
      this.#dates.splice(index, 0, date);
      this.#addresses.splice(index, 0, address);
    }
  }

  /** The dates in the range that have a document, ascending, and the greatest one before it that has. */
  around({ from, to }: DateRange): {
    readonly before: number | undefined;
    readonly within: readonly number[];
  } {
    const start = this.#lowerBound(from);
    let end = start;
    while (end < this.#dates.length && (this.#dates[end] as number) <= to) end += 1;
    return { before: this.#dates[start - 1], within: this.#dates.slice(start, end) };
  }

  get last(): number | undefined {
    return this.#dates.at(-1);
  }

  /** The index of the first date that is not before this one. */
  #lowerBound(date: number): number {
    const dates = this.#dates;
    let low = 0;
    let high = dates.length;
    // Most look-ups and nearly all insertions are at the end.
    if (high > 0 && (dates[high - 1] as number) < date) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((dates[middle] as number) < date) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
