/**
 * Reads Avro primitives from bytes nobody has vouched for, each with its own check: it accepts exactly what the guard
 * (`avro-guard.ts`) lets through. Where it stops it throws `UNREADABLE` and says nothing more; what is wrong is the guard's to say.
 */
import { readText } from '../text-reader.ts';
import { utf8End } from '../utf8.ts';

/** One object for all: a burst of damaged records must not cost a stack trace each. */
export const UNREADABLE = new Error('not a value of this schema');

const TWO_27 = 2 ** 27;
const UUID_LENGTH = 36;

/** The same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export class AvroCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;

  /** Begins to read these bytes, from there on. */
  open(bytes: Uint8Array, at: number): void {
    this.bytes = asBuffer(bytes);
    this.at = at;
  }

  /** Throws unless everything was read. */
  finish(): void {
    if (this.at !== this.bytes.length) throw UNREADABLE;
  }

  /** An int, an index, a count or a length: 32 bits, five bytes at most. */
  int(): number {
    const { bytes } = this;
    const first = bytes[this.at] as number;
    if (first < 0x80) {
      this.at += 1;
      return (first >>> 1) ^ -(first & 1);
    }
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

  /** Steps over text, which must be UTF-8 all the same. */
  skipText(): void {
    const length = this.int();
    const start = this.at;
    const end = start + length;
    if (length < 0 || end > this.bytes.length || utf8End(this.bytes, start, end) !== end) throw UNREADABLE;
    this.at = end;
  }

  /** Where the text of a UUID begins. It must be 36 ASCII characters; which ones is not asked. */
  uuidAt(): number {
    const length = this.int();
    const start = this.at;
    const end = start + UUID_LENGTH;
    if (length !== UUID_LENGTH || end > this.bytes.length) throw UNREADABLE;
    let bits = 0;
    for (let at = start; at < end; at += 1) bits |= this.bytes[at] as number;
    if (bits >= 0x80) throw UNREADABLE;
    this.at = end;
    return start;
  }

  octets(): Buffer {
    return this.fixed(this.int());
  }

  /** Where this many bytes begin. */
  fixedAt(size: number): number {
    const start = this.at;
    if (size < 0 || start + size > this.bytes.length) throw UNREADABLE;
    this.at = start + size;
    return start;
  }

  fixed(size: number): Buffer {
    return this.bytes.subarray(this.fixedAt(size), this.at);
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
