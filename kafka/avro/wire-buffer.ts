/**
 * Encodes values one behind the other into large buffers, so that a record costs no allocation but its view. Each returned
 * view is the caller's alone; a buffer lives as long as one of its views.
 */
import type { AvroType } from './avro-types.ts';

const SLAB_BYTES = 256 * 1024;
const HEADER_BYTES = 5;

export class WireBuffer {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  /** Byte 0, the schema id, the Avro body. Throws when the value does not fit its type. */
  encode(schemaId: number, type: AvroType, value: unknown): Buffer {
    const start = this.#used;
    if (start + HEADER_BYTES >= this.#slab.length)
      return this.#encodeInto(SLAB_BYTES, { schemaId, type, value });
    const end = type.encode(value, this.#slab, start + HEADER_BYTES);
    // A negative end is the number of bytes that were missing.
    if (end < 0)
      return this.#encodeInto(this.#slab.length - start - end + HEADER_BYTES, { schemaId, type, value });
    return this.#take(start, end, schemaId);
  }

  /** Goes on in a new buffer that has room for this many bytes. */
  #encodeInto(bytes: number, record: { schemaId: number; type: AvroType; value: unknown }): Buffer {
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.#used = 0;
    return this.encode(record.schemaId, record.type, record.value);
  }

  #take(start: number, end: number, schemaId: number): Buffer {
    this.#slab[start] = 0;
    this.#slab.writeUInt32BE(schemaId, start + 1);
    this.#used = end;
    return this.#slab.subarray(start, end);
  }
}
