/**
 * Where the memory view keeps documents: large blocks of memory outside the JavaScript heap, cut into chunks. A million small
 * buffers would cost more in bookkeeping and garbage collection than in content; here a document costs its bytes, 16 more, and
 * what rounding leaves over. A document that changes is written over in place as long as it fits; a chunk given back is used
 * for the next document of its size. Memory is never returned to the system: a view only grows or stays.
 *
 *   chunk = length (uint32) capacity (uint32) revision (float64, exact up to 2^53) bytes
 */
const SLAB_BYTES = 4 * 1024 * 1024;
const HEADER_BYTES = 16;
/** Capacities are multiples of this; the slack lets most documents grow in place. */
const STEP_BYTES = 64;

/** The place of a chunk: slab number × slab size + position in the slab. */
export type Address = number;

type Slab = { readonly bytes: Uint8Array; readonly header: DataView };

export class DocumentSlabs {
  readonly #slabs: Slab[] = [];
  /** Chunks given back, by capacity. */
  readonly #free = new Map<number, Address[]>();
  #used = SLAB_BYTES;

  /** Bytes taken from the system. */
  get allocatedBytes(): number {
    return this.#slabs.length * SLAB_BYTES;
  }

  /** Keeps a copy of the document. It may be as long as a record of the topic (VALUE_BYTES_MAX). */
  put(document: Uint8Array, revision: number): Address {
    const address = this.#allocate(document.length);
    this.#fill(address, document, revision);
    return address;
  }

  /** Keeps another document in its place and returns where that is now; the old address is void. */
  replace(address: Address, document: Uint8Array, revision: number): Address {
    const capacity = this.#slabOf(address).header.getUint32((address % SLAB_BYTES) + 4);
    if (document.length > capacity) {
      this.#giveBack(address, capacity);
      return this.put(document, revision);
    }
    this.#fill(address, document, revision);
    return address;
  }

  revision(address: Address): number {
    return this.#slabOf(address).header.getFloat64((address % SLAB_BYTES) + 8);
  }

  /** The document itself, not a copy: to be read before anything else is written. */
  bytes(address: Address): Uint8Array {
    const slab = this.#slabOf(address);
    const start = (address % SLAB_BYTES) + HEADER_BYTES;
    return slab.bytes.subarray(start, start + slab.header.getUint32(address % SLAB_BYTES));
  }

  #fill(address: Address, document: Uint8Array, revision: number): void {
    const slab = this.#slabOf(address);
    const start = address % SLAB_BYTES;
    slab.header.setUint32(start, document.length);
    slab.header.setFloat64(start + 8, revision);
    slab.bytes.set(document, start + HEADER_BYTES);
  }

  #allocate(length: number): Address {
    const capacity = Math.ceil((length + HEADER_BYTES) / STEP_BYTES) * STEP_BYTES - HEADER_BYTES;
    const address = this.#free.get(capacity)?.pop() ?? this.#cut(capacity + HEADER_BYTES);
    this.#slabOf(address).header.setUint32((address % SLAB_BYTES) + 4, capacity);
    return address;
  }

  #cut(chunkBytes: number): Address {
    if (chunkBytes > SLAB_BYTES) throw new RangeError(`a document of ${chunkBytes} bytes fits in no slab`);
    if (this.#used + chunkBytes > SLAB_BYTES) {
      const bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#slabs.push({ bytes, header: new DataView(bytes.buffer) });
      this.#used = 0;
    }
    const address = (this.#slabs.length - 1) * SLAB_BYTES + this.#used;
    this.#used += chunkBytes;
    return address;
  }

  #giveBack(address: Address, capacity: number): void {
    const free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, [address]);
    else free.push(address);
  }

  #slabOf(address: Address): Slab {
    return this.#slabs[Math.floor(address / SLAB_BYTES)] as Slab;
  }
}
