/**
 * One merchant's ledger rows, in their order, as the judge follows them: numbers without a gap, a chain that hangs together, and each
 * row's columns making the very record whose hash it carries (spec.md 2.2). Only the first thing wrong with a row is told.
 */
import { createHash } from 'node:crypto';
import { fromJsonForm, type JsonObject, type TopicCodec, WIRE_HEADER_BYTES } from '@fluxo/kafka';
import type { RecordName } from '@fluxo/schemas';
import { AuditError } from '../audit-error.ts';
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
    return this.#wrongColumns(row);
  }

  /**
   * Null if the columns make the very record whose hash the row has, as this release or another registered version writes it: a hash is of the
   * bytes of its own release (spec.md 2.2). Fails with `view-unavailable` where that cannot be told, because a later release may have said more
   * than there are columns for.
   */
  #wrongColumns({ type, seq, record }: LedgerRow): Omit<ViewProblem, 'key'> | null {
    const name = type as RecordName;
    const { hash: expected } = record;
    const wrong = (found: string) => ({ field: 'columns, by their hash', expected, found });
    let made: string;
    try {
      const value = fromJsonForm<RecordName>(name, record);
      made = sealOf(this.#codec.encode<RecordName>(name, value));
      if (made === expected) return null;
      if (this.#codec.encodeAsOthers<RecordName>(name, value).some((bytes) => sealOf(bytes) === expected))
        return null;
    } catch (error) {
      return wrong(`no ${type}: ${(error as Error).message}`);
    }
    if (!this.#codec.hasUnknownFields(name)) return wrong(made);
    throw new AuditError(
      'view-unavailable',
      `The row ${this.merchantId}#${seq} of Postgres may hold a ${type} of a later release than this audit, which has fields that this one does not know. ` +
        'Nothing can be said about that view by it: run the audit of that release.',
    );
  }

  #note(seq: number, problem: Omit<ViewProblem, 'key'> | null): void {
    if (problem !== null && this.#problems.length < PROBLEMS_MAX)
      this.#problems.push({ key: `${this.merchantId}#${seq}`, ...problem });
  }
}

/** What the hash of a record in wire format must be: of its body without the hash itself. */
function sealOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes.subarray(WIRE_HEADER_BYTES, -HASH_BYTES)).digest('hex');
}
