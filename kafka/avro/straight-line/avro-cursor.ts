/**
 * Reads Avro primitives from bytes nobody has vouched for, each with its own check: it accepts exactly what the guard
 * (`avro-guard.ts`) lets through. Where it stops it throws `UNREADABLE` and says nothing more; what is wrong is the guard's to say.
 */
import { readText } from '../text-reader.ts';

/** One object for all: a burst of damaged records must not cost a stack trace each. */
export const UNREADABLE = new Error('not a value of this schema');

const TWO_27 = 2 ** 27;

export class AvroCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;

  /** Throws unless everything was read. */
  finish(): void {
    if (this.at !== this.bytes.length) throw UNREADABLE;
  }

  /** An int, an index, a count or a length: 32 bits, five bytes at most. */
  int(): number {
    const { bytes } = this;
    let bits = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      // Beyond the end there is undefined, and the comparison fails.
      const byte = bytes[this.at++] as number;
      if (!(byte <= (shift === 28 ? 0x0f : 0xff))) throw UNREADABLE;
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return (bits >>> 1) ^ -(bits & 1);
  }

  /** A long with |x| ≤ 2^53 − 1; bytes 9 and 10 may follow only as empty padding, as in `checkLong` of the guard. */
  long(): number {
    const { bytes } = this;
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.at++] as number;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    return this.#longFrom(low);
  }

  string(): string {
    const length = this.int();
    const start = this.at;
    const end = start + length;
    if (length < 0 || end > this.bytes.length) throw UNREADABLE;
    this.at = end;
    const text = readText(this.bytes, start, end);
    if (text === undefined) throw UNREADABLE;
    return text;
  }

  octets(): Buffer {
    return this.fixed(this.int());
  }

  fixed(size: number): Buffer {
    const start = this.at;
    if (size < 0 || start + size > this.bytes.length) throw UNREADABLE;
    this.at = start + size;
    return this.bytes.subarray(start, this.at);
  }

  boolean(): boolean {
    const byte = this.bytes[this.at++] as number;
    if (!(byte <= 1)) throw UNREADABLE;
    return byte === 1;
  }

  /** An index of an enum or a union with this many members. */
  index(members: number): number {
    const index = this.int();
    if (index < 0 || index >= members) throw UNREADABLE;
    return index;
  }

  /** How many items of at least `bytesMin` bytes the next block of an array has; 0: the array ends here. */
  block(bytesMin: number): number {
    const count = this.int();
    // A block with its size in front is allowed and rare: the guard and avsc read it.
    if (count < 0 || count * bytesMin > this.bytes.length - this.at) throw UNREADABLE;
    return count;
  }

  #longFrom(low: number): number {
    let high = 0;
    for (let shift = 0; shift < 42; shift += 7) {
      const byte = this.bytes[this.at++] as number;
      if (!(byte <= 0xff)) throw UNREADABLE;
      const payload = byte & 0x7f;
      if (shift < 28) high |= payload << shift;
      else if (payload !== 0) throw UNREADABLE;
      if (byte < 0x80) break;
      if (shift === 35) throw UNREADABLE;
    }
    const magnitude = high * TWO_27 + (low >>> 1);
    const value = (low & 1) === 0 ? magnitude : -magnitude - 1;
    if (!Number.isSafeInteger(value)) throw UNREADABLE;
    return value;
  }
}
