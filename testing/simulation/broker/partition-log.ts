/**
 * One partition as its leader keeps it: record batches in order, what each producer has written, which transactions are open
 * and which were aborted. The last stable offset is that of the first record of an open transaction. There is one replica, so
 * the high watermark is the end of the log.
 */
import { kafkaErrors } from '../../../kafka/error-codes.ts';
import type { AbortedTransaction, Isolation } from '../../../kafka/requests.ts';
import { type Marker, markerBatch, type StoredBatch, store } from './stored-batch.ts';

/** A broker recognises a batch sent again among so many of a producer's last ones. */
const REMEMBERED_BATCHES = 5;

type SequencedBatch = { readonly first: number; readonly last: number; readonly baseOffset: number };
type ProducerEntry = { epoch: number; batches: SequencedBatch[] };
type AbortedRange = AbortedTransaction & { readonly lastOffset: number };

export type AppendAnswer = { readonly errorCode: number; readonly baseOffset: number };

export class PartitionLog {
  #batches: StoredBatch[] = [];
  #end = 0;
  readonly #producers = new Map<number, ProducerEntry>();
  /** Producer → the first offset of its open transaction. */
  readonly #open = new Map<number, number>();
  readonly #aborted: AbortedRange[] = [];

  /** The high watermark. */
  get end(): number {
    return this.#end;
  }

  get start(): number {
    return 0;
  }

  get batches(): readonly StoredBatch[] {
    return this.#batches;
  }

  get lastStableOffset(): number {
    let first = this.#end;
    for (const offset of this.#open.values()) if (offset < first) first = offset;
    return first;
  }

  /** Whether this producer has an open transaction here, under this epoch. */
  hasOpen(producerId: number, epoch: number): boolean {
    return this.#open.has(producerId) && this.#producers.get(producerId)?.epoch === epoch;
  }

  /** Where this producer's open transaction begins here. */
  openSince(producerId: number): number | undefined {
    return this.#open.get(producerId);
  }

  /** Appends what a producer sent, once, if its epoch and its sequence numbers allow. */
  append(sent: Uint8Array, nowMs: number): AppendAnswer {
    const batch = store(sent, { offset: this.#end, nowMs });
    const refused = batch.producerId >= 0 ? this.#check(batch) : null;
    if (refused !== null) return refused;
    this.put(batch);
    return { errorCode: kafkaErrors.NONE, baseOffset: batch.baseOffset };
  }

  /** Puts a stored batch, which must begin at the end, behind all others. */
  put(batch: StoredBatch): void {
    if (batch.baseOffset !== this.#end)
      throw new Error(`the simulated log ends at ${this.#end}, so nothing can stand at ${batch.baseOffset}`);
    this.#batches.push(batch);
    this.#end = batch.lastOffset + 1;
    if (batch.producerId < 0) return;
    const producer = this.#entryFor(batch.producerId, batch.producerEpoch);
    const last = batch.baseSequence + batch.lastOffset - batch.baseOffset;
    producer.batches.push({ first: batch.baseSequence, last, baseOffset: batch.baseOffset });
    if (producer.batches.length > REMEMBERED_BATCHES) producer.batches.shift();
    if (batch.isTransactional && !this.#open.has(batch.producerId))
      this.#open.set(batch.producerId, batch.baseOffset);
  }

  /** Ends the producer's transaction in this partition; the marker's epoch is the one the next transaction will have. */
  mark(marker: Marker, nowMs: number): void {
    const batch = markerBatch(marker, { offset: this.#end, nowMs });
    this.#batches.push(batch);
    this.#end = batch.lastOffset + 1;
    const { producerId, isCommit } = marker;
    const firstOffset = this.#open.get(producerId);
    this.#open.delete(producerId);
    this.#entryFor(producerId, marker.producerEpoch);
    if (firstOffset !== undefined && !isCommit)
      this.#aborted.push({ producerId, firstOffset, lastOffset: batch.baseOffset });
  }

  /** Batches from the one that holds `offset` on, at least one, as far as this reader may see; null if the log has no such offset. */
  read(request: { readonly offset: number; readonly isolation: Isolation; readonly maxBytes: number }) {
    const { offset, isolation, maxBytes } = request;
    if (offset < this.start || offset > this.#end) return null;
    const to = isolation === 'read_committed' ? this.lastStableOffset : this.#end;
    const parts: Buffer[] = [];
    let bytes = 0;
    let until = offset;
    for (let index = this.#indexOf(offset); index < this.#batches.length; index++) {
      const batch = this.#batches[index] as StoredBatch;
      if (batch.baseOffset >= to || (parts.length > 0 && bytes + batch.bytes.length > maxBytes)) break;
      parts.push(batch.bytes);
      bytes += batch.bytes.length;
      until = batch.lastOffset + 1;
    }
    const aborted = isolation === 'read_committed' ? this.#abortedIn(offset, until) : [];
    return { records: Buffer.concat(parts, bytes), aborted };
  }

  /** The first offset whose record is at or after this time; −1 if none is. */
  offsetAtTime(timestampMs: number): number {
    return this.#batches.find(({ appendedMs }) => appendedMs >= timestampMs)?.baseOffset ?? -1;
  }

  /** Whether this stable batch belongs to an aborted transaction. */
  isAborted({ producerId, baseOffset, isTransactional }: StoredBatch): boolean {
    return (
      isTransactional &&
      this.#aborted.some(
        (range) =>
          range.producerId === producerId && baseOffset >= range.firstOffset && baseOffset < range.lastOffset,
      )
    );
  }

  /** Puts the compacted form of the log in its place; offsets stay what they were. */
  replace(batches: StoredBatch[]): void {
    this.#batches = batches;
  }

  #entryFor(producerId: number, epoch: number): ProducerEntry {
    let entry = this.#producers.get(producerId);
    if (entry === undefined || entry.epoch !== epoch) {
      entry = { epoch, batches: [] };
      this.#producers.set(producerId, entry);
    }
    return entry;
  }

  #check(batch: StoredBatch): AppendAnswer | null {
    const entry = this.#producers.get(batch.producerId);
    const first = batch.baseSequence;
    const last = first + batch.lastOffset - batch.baseOffset;
    if (entry === undefined) return null;
    if (batch.producerEpoch < entry.epoch) return refusal(kafkaErrors.INVALID_PRODUCER_EPOCH);
    if (batch.producerEpoch > entry.epoch)
      return first === 0 ? null : refusal(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    const duplicate = entry.batches.find((each) => each.first === first && each.last === last);
    if (duplicate !== undefined) return { errorCode: kafkaErrors.NONE, baseOffset: duplicate.baseOffset };
    const expected = (entry.batches.at(-1)?.last ?? -1) + 1;
    return first === expected ? null : refusal(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER);
  }

  #abortedIn(from: number, to: number): AbortedTransaction[] {
    return this.#aborted.filter((each) => each.lastOffset >= from && each.firstOffset < to);
  }

  /** The index of the first batch that ends at or after this offset. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#batches[middle] as StoredBatch).lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function refusal(errorCode: number): AppendAnswer {
  return { errorCode, baseOffset: -1 };
}
