/**
 * A hash table from keys to references (numbers from 0 to 2^32 − 2), where the keys stand somewhere else and are compared by
 * whoever keeps them. Open addressing with linear probing; a slot holds the reference and the whole hash, so that growing and
 * removing need no key. At most half of the slots are taken, and removing leaves no grave behind.
 */

const SLOTS_FIRST = 1024;
/** A reference (0: none, else one more than it) and its hash. */
const SLOT_WORDS = 2;

/** The fewest slots of which so many references take at most half. */
function slotsFor(size: number): number {
  let slots = SLOTS_FIRST;
  while (2 * size >= slots) slots *= 2;
  return slots;
}

export class RefIndex {
  readonly #isAt: (ref: number) => boolean;
  #slots = new Uint32Array(SLOTS_FIRST * SLOT_WORDS);
  #mask = SLOTS_FIRST - 1;
  #size = 0;

  /** `isAt` says whether the key looked for stands behind this reference. */
  constructor(isAt: (ref: number) => boolean) {
    this.#isAt = isAt;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** Makes room for so many references in all, so that adding them does not have to again and again. */
  reserve(size: number): void {
    const slots = slotsFor(size);
    if (slots > this.#mask + 1) this.#resize(slots);
  }

  /** Gives back room that was made for references which never came. */
  shrink(): void {
    const slots = slotsFor(this.#size);
    if (slots <= this.#mask) this.#resize(slots);
  }

  /** The reference with this hash for which `isAt` says yes; −1: none. */
  find(hash: number): number {
    const slots = this.#slots;
    const wanted = hash >>> 0;
    for (let slot = wanted & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const taken = slots[slot * SLOT_WORDS] as number;
      if (taken === 0) return -1;
      if (slots[slot * SLOT_WORDS + 1] === wanted && this.#isAt(taken - 1)) return taken - 1;
    }
  }

  /** Adds a reference that is not there yet. */
  add(hash: number, ref: number): void {
    if (2 * (this.#size + 1) > this.#mask) this.#resize(2 * (this.#mask + 1));
    this.#put(hash >>> 0, ref + 1);
    this.#size += 1;
  }

  /** Puts `ref` where `former` is, which has the same key. */
  replace(hash: number, former: number, ref: number): void {
    const slot = this.#slotOf(hash, former);
    if (slot >= 0) this.#slots[slot * SLOT_WORDS] = ref + 1;
  }

  /** Removes the reference if it is there. */
  remove(hash: number, ref: number): void {
    let hole = this.#slotOf(hash, ref);
    if (hole < 0) return;
    const slots = this.#slots;
    const mask = this.#mask;
    // What stands behind the hole and would be found through it moves up (Knuth, TAOCP 3, algorithm 6.4R).
    for (let slot = (hole + 1) & mask; slots[slot * SLOT_WORDS] !== 0; slot = (slot + 1) & mask) {
      const home = (slots[slot * SLOT_WORDS + 1] as number) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole * SLOT_WORDS] = slots[slot * SLOT_WORDS] as number;
      slots[hole * SLOT_WORDS + 1] = slots[slot * SLOT_WORDS + 1] as number;
      hole = slot;
    }
    slots[hole * SLOT_WORDS] = 0;
    this.#size -= 1;
  }

  #slotOf(hash: number, ref: number): number {
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const taken = this.#slots[slot * SLOT_WORDS] as number;
      if (taken === 0) return -1;
      if (taken === ref + 1) return slot;
    }
  }

  #put(hash: number, taken: number): void {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    while (slots[slot * SLOT_WORDS] !== 0) slot = (slot + 1) & this.#mask;
    slots[slot * SLOT_WORDS] = taken;
    slots[slot * SLOT_WORDS + 1] = hash;
  }

  #resize(slots: number): void {
    const former = this.#slots;
    this.#slots = new Uint32Array(slots * SLOT_WORDS);
    this.#mask = slots - 1;
    for (let at = 0; at < former.length; at += SLOT_WORDS)
      if (former[at] !== 0) this.#put(former[at + 1] as number, former[at] as number);
  }
}
