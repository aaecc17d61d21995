/**
 * Encodes values one behind the other into large buffers, so that a record costs no allocation but its view. Each returned
 * view is the caller's alone; a buffer lives as long as one of its views.
 */
import { AvroPen } from './straight-line/avro-pen.ts';

const SLAB_BYTES = 256 * 1024;
const HEADER_BYTES = 5;

/** Writes one value with the pen. */
export type Write = (pen: AvroPen, value: object) => void;

export class WireBuffer {
  readonly #pen = new AvroPen();
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  /** Byte 0, the schema id, the Avro body. Throws what `write` throws when the value does not fit its type. */
  encode(schemaId: number, write: Write, value: object): Buffer {
    const start = this.#used;
    const end = this.#write(write, value);
    if (end <= this.#slab.length) return this.#take(start, end, schemaId);
    // The pen ran on past the end, so it is known how much room is needed.
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, end - start));
    this.#used = 0;
    return this.#take(0, this.#write(write, value), schemaId);
  }

  #write(write: Write, value: object): number {
    const pen = this.#pen;
    pen.bytes = this.#slab;
    pen.at = this.#used + HEADER_BYTES;
    write(pen, value);
    return pen.at;
  }

  #take(start: number, end: number, schemaId: number): Buffer {
    const slab = this.#slab;
    slab[start] = 0;
    slab[start + 1] = schemaId >>> 24;
    slab[start + 2] = schemaId >>> 16;
    slab[start + 3] = schemaId >>> 8;
    slab[start + 4] = schemaId;
    this.#used = end;
    return slab.subarray(start, end);
  }
}
