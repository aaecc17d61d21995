/**
 * One merchant's ledger rows, in their order, as the judge follows them: numbers without a gap, a chain that hangs together, and each
 * row's columns making the very record whose hash it carries (spec.md 2.2). Only the first thing wrong with a row is told.
 */
import { createHash } from 'node:crypto';
import { fromJsonForm, type JsonObject, type TopicCodec, WIRE_HEADER_BYTES } from '@fluxo/kafka';
import type { RecordName } from '@fluxo/schemas';
import type { Head } from './postgres.view.ts';
import type { ViewProblem } from './view.ts';

export type LedgerRow = {
  readonly seq: string;
  readonly type: string;
  readonly partition: number;
  readonly occurrence: number;
  /** The how manieth row with this id and leg it is. */
  readonly nth: number;
  /** What the columns make, in the JSON form of the record. */
  readonly record: JsonObject & { readonly hash: string; readonly prevHash: string };
};

const HASH_BYTES = 32;
const FIRST_PREVIOUS = '0'.repeat(2 * HASH_BYTES);
const PROBLEMS_MAX = 100;

export class LedgerRows {
  readonly merchantId: string;
  lastSeq = 0;
  readonly #partition: number;
  readonly #codec: TopicCodec;
  readonly #problems: ViewProblem[] = [];
  #lastHash = FIRST_PREVIOUS;
  #hashAtHead: string | null = null;

  constructor(merchantId: string, partition: number, codec: TopicCodec) {
    this.merchantId = merchantId;
    this.#partition = partition;
    this.#codec = codec;
  }

  take(row: LedgerRow, head: Head): void {
    const seq = Number(row.seq);
    const { hash } = row.record;
    this.#note(seq, this.#problemOf(row, seq));
    this.lastSeq = seq;
    this.#lastHash = hash;
    if (seq === head.revision) this.#hashAtHead = hash;
  }

  /**
   * After the last row. `seqMin` is how far the ledger has to reach; documents are written by another loop and may be ahead of it by
   * then, so that their head is compared once it is there.
   */
  problems({ revision, chainHead }: Head, seqMin: number): readonly ViewProblem[] {
    if (this.lastSeq < seqMin)
      this.#note(seqMin, { field: 'ledgerSeq (I5)', expected: seqMin, found: this.lastSeq });
    if (this.#hashAtHead !== null && this.#hashAtHead !== chainHead)
      this.#note(revision, { field: 'hash', expected: chainHead, found: this.#hashAtHead });
    return this.#problems;
  }

  #problemOf(row: LedgerRow, seq: number): Omit<ViewProblem, 'key'> | null {
    const { partition, occurrence, nth, record } = row;
    if (seq !== this.lastSeq + 1) return { field: 'ledgerSeq (I5)', expected: this.lastSeq + 1, found: seq };
    if (partition !== this.#partition)
      return { field: 'partition', expected: this.#partition, found: partition };
    if (occurrence !== nth) return { field: 'occurrence', expected: nth, found: occurrence };
    const previous = record.prevHash;
    if (previous !== this.#lastHash)
      return { field: 'prevHash (I5)', expected: this.#lastHash, found: previous };
    const made = this.#hashOf(row);
    const { hash } = record;
    return made === hash ? null : { field: 'columns, by their hash', expected: hash, found: made };
  }

  /** The hash of the record that the columns make; what they make if that is no record. */
  #hashOf({ type, record }: LedgerRow): string {
    try {
      const value = fromJsonForm<RecordName>(type as RecordName, record);
      const bytes = this.#codec.encode<RecordName>(type as RecordName, value);
      const sealed = bytes.subarray(WIRE_HEADER_BYTES, -HASH_BYTES);
      return createHash('sha256').update(sealed).digest('hex');
    } catch (error) {
      return `no ${type}: ${(error as Error).message}`;
    }
  }

  #note(seq: number, problem: Omit<ViewProblem, 'key'> | null): void {
    if (problem !== null && this.#problems.length < PROBLEMS_MAX)
      this.#problems.push({ key: `${this.merchantId}#${seq}`, ...problem });
  }
}
