/**
 * Writes Avro primitives one behind the other into a buffer. It may run past the end: what does not fit is dropped, the
 * position goes on, and whoever called sees by it how much room was missing. A value that does not fit its type is a bug of the
 * caller and throws.
 */

const BYTE = 0x80;
const TWO_27 = 2 ** 27;
/** Texts up to this length are written character by character; their length then takes one byte. */
const SHORT_LENGTH_MAX = 63;

export class AvroPen {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;

  /** One byte: an index or a count below 64, already doubled. */
  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** Any safe integer; ints are written in the same way. */
  long(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError(`not a safe integer: ${String(value)}`);
    const magnitude = value < 0 ? -value - 1 : value;
    if (magnitude < TWO_27) {
      this.#varint(value < 0 ? 2 * magnitude + 1 : 2 * magnitude);
      return;
    }
    let low = (magnitude % TWO_27) * 2 + (value < 0 ? 1 : 0);
    for (let group = 0; group < 4; group += 1) {
      this.bytes[this.at++] = (low & 0x7f) | BYTE;
      low >>>= 7;
    }
    this.#varint(Math.floor(magnitude / TWO_27));
  }

  /** A safe integer of 32 bits. */
  int(value: number): void {
    if (value !== (value | 0)) throw new TypeError(`not an integer of 32 bits: ${String(value)}`);
    this.long(value);
  }

  string(value: string): void {
    if (typeof value !== 'string') throw new TypeError(`not a string: ${String(value)}`);
    if (value.length > SHORT_LENGTH_MAX || !this.#ascii(value)) this.#utf8(value);
  }

  octets(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new TypeError('not bytes');
    this.long(value.length);
    this.#put(value);
  }

  fixed(value: Uint8Array, size: number): void {
    if (!(value instanceof Uint8Array) || value.length !== size) throw new TypeError(`not ${size} bytes`);
    this.#put(value);
  }

  boolean(value: boolean): void {
    if (typeof value !== 'boolean') throw new TypeError(`not a boolean: ${String(value)}`);
    this.byte(value ? 1 : 0);
  }

  /** Writes a short text if it is ASCII; else nothing. */
  #ascii(value: string): boolean {
    const { bytes } = this;
    const start = this.at;
    bytes[start] = value.length * 2;
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit >= BYTE) return false;
      bytes[start + 1 + index] = unit;
    }
    this.at = start + 1 + value.length;
    return true;
  }

  #utf8(value: string): void {
    if (!value.isWellFormed()) throw new TypeError('text with a lone surrogate has no UTF-8 form');
    const length = Buffer.byteLength(value);
    this.#varint(length * 2);
    if (this.at + length <= this.bytes.length) this.bytes.write(value, this.at, length, 'utf8');
    this.at += length;
  }

  #put(value: Uint8Array): void {
    if (this.at + value.length <= this.bytes.length) this.bytes.set(value, this.at);
    this.at += value.length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= BYTE) {
      this.bytes[this.at++] = (rest & 0x7f) | BYTE;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }
}
