/**
 * A balance document as it was read back from its topic: bytes until somebody asks what it says. Of a year of documents hardly any
 * is asked for again, and as bytes one takes a quarter of the memory that it takes as objects.
 */
import type { BusinessDate, DayFigures } from '@fluxo/domain';
import type { DailyBalance } from '@fluxo/schemas';
import type { DayDocument, Stamp } from './merchant-state.ts';

/** Throws when the value cannot be read. */
type Decode = (value: Uint8Array) => DailyBalance;

export class RestoredDay implements DayDocument {
  readonly businessDate: BusinessDate;
  readonly #decode: Decode;
  #value: Uint8Array | DailyBalance;

  constructor(businessDate: BusinessDate, value: Uint8Array, decode: Decode) {
    this.businessDate = businessDate;
    this.#value = value;
    this.#decode = decode;
  }

  get figures(): DayFigures {
    return this.#document() as DayFigures & DailyBalance;
  }

  get stamp(): Stamp {
    return this.#document();
  }

  #document() {
    if (this.#value instanceof Uint8Array) this.#value = this.#decode(this.#value);
    return this.#value;
  }
}

const SHELF_BYTES = 64 * 1024;

/** Copies values one behind the other into blocks of memory, so that each costs little more than its length. */
export class Shelf {
  #block = new Uint8Array(0);
  #used = 0;

  /** A copy: the value itself would keep all that was fetched with it. */
  keep(value: Uint8Array): Uint8Array {
    if (value.length > SHELF_BYTES / 8) return value.slice();
    if (this.#used + value.length > this.#block.length) {
      this.#block = new Uint8Array(SHELF_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += value.length;
    this.#block.set(value, start);
    return this.#block.subarray(start, this.#used);
  }
}
