/**
 * The ledger of a slice against the recount: every submission has led to exactly the records it must lead to, field by field and in
 * the order of the log. From the raw bytes, and whatever the recount says: the hash chain and ledgerSeq without a gap (I5), and
 * the rules of `ledger-rules.ts`.
 */
import { type JsonValue, type LogRecord, toJsonForm } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { ABSENT, type Differences, differingFields } from './difference.ts';
import { ChainVerifier } from './ledger-chain.ts';
import { LedgerRules } from './ledger-rules.ts';
import { type CursorOptions, OutputCursor, type OutputEvent, type OutputRecord } from './output-cursor.ts';
import type { PassedBatch } from './passed-batch.ts';
import type { LedgerEvent } from './recount/effect.ts';
import { isSame } from './same-value.ts';

export type OutputSource = Pick<CursorOptions, 'batches' | 'codec' | 'slice'> & {
  readonly differences: Differences;
  /** Where the processor stood before anything was read. */
  readonly cut: number;
};

const topic = topics.ledger.name;

export class LedgerJudge {
  readonly #source: OutputSource;
  readonly #cursor: OutputCursor;
  readonly #chain = new ChainVerifier();
  readonly #rules = new LedgerRules();
  /** Merchant → hash of the last record judged. */
  readonly #heads = new Map<string, Uint8Array>();
  /** Submissions before the cut that led to ledger records. */
  submissions = 0;

  constructor(source: OutputSource) {
    this.#source = source;
    this.#cursor = new OutputCursor({
      ...source,
      onRecord: (record) => this.#verify(record),
      onUnreadable: (record, why) =>
        this.#add(`offset ${record.offset}`, { field: 'record', expected: 'a ledger record', found: why }),
    });
  }

  get records(): number {
    return this.#chain.records;
  }

  /** Whether all of the ledger has been judged, as far as it is read. */
  get isDone(): boolean {
    return this.#cursor.isDone;
  }

  /** The hash of the merchant's last record judged; null if there is none. */
  headOf(merchantId: string): Uint8Array | null {
    return this.#heads.get(merchantId) ?? null;
  }

  /** Holds what the ledger has for this submission against what it must have; returns whether it has anything. */
  async judge(sourceOffset: number, expected: readonly LedgerEvent[]): Promise<boolean> {
    await this.#takeStray(sourceOffset);
    const found = await this.#cursor.takeAt(sourceOffset);
    await this.#cursor.peek();
    this.#count(sourceOffset, found);
    for (const [index, event] of expected.entries()) this.#compare(event, found[index]);
    for (const extra of found.slice(expected.length)) this.#addExtra(extra);
    this.#checkRules(sourceOffset, found);
    return found.length > 0;
  }

  /** Whether anything was published of these submissions, which come next. */
  async hasAnyOf({ baseOffset, lastOffset }: PassedBatch): Promise<boolean> {
    await this.#takeStray(baseOffset);
    return this.#cursor.hasBefore(lastOffset + 1);
  }

  /** Everything left belongs to no submission. */
  async finish(): Promise<void> {
    await this.#takeStray(Number.POSITIVE_INFINITY);
    await this.#cursor.close();
  }

  async #takeStray(before: number): Promise<void> {
    for (;;) {
      const group = await this.#cursor.takeBefore(before);
      if (group === null) return;
      this.#count(group.sourceOffset, group.records);
      for (const record of group.records) this.#addExtra(record);
      this.#checkRules(group.sourceOffset, group.records);
    }
  }

  #count(sourceOffset: number, found: readonly OutputRecord[]): void {
    if (found.length > 0 && sourceOffset < this.#source.cut) this.submissions += 1;
    for (const { event } of found)
      if (event.type !== 'SubmissionRejected')
        this.#heads.set(event.value.merchantId, Uint8Array.from(event.value.hash));
  }

  #compare(expected: LedgerEvent, found: OutputRecord | undefined): void {
    if (found === undefined) {
      if (this.#isMissed(expected.value.sourceOffset))
        this.#add(placeOf(expected), { field: 'record', expected: expected.type, found: ABSENT });
      return;
    }
    const { event } = found;
    if (isSame(expected.value, event.value)) return;
    const fields =
      event.type === expected.type
        ? differingFields(jsonOf(expected, event), toJsonForm(event.type, event.value))
        : [{ field: 'record', expected: expected.type, found: event.type }];
    for (const field of fields) this.#add(placeOf(expected), field);
  }

  /** Behind the cut, what does not stand in the ledger yet may still come. */
  #isMissed(sourceOffset: number): boolean {
    return sourceOffset < this.#source.cut || !this.#cursor.isDone;
  }

  #checkRules(sourceOffset: number, found: readonly OutputRecord[]): void {
    for (const { merchantId, ledgerSeq, ...field } of this.#rules.take(found, this.#isMissed(sourceOffset)))
      this.#add(`${merchantId}#${ledgerSeq}`, field);
  }

  #verify(record: LogRecord): void {
    const { partition } = this.#source.slice;
    const known = this.#chain.breaks.length;
    this.#chain.take(record, { partition, offset: record.offset });
    for (const { merchantId, ledgerSeq, problem } of this.#chain.breaks.slice(known))
      this.#add(`${merchantId ?? `offset ${record.offset}`}#${ledgerSeq}`, {
        field: 'chain (I5)',
        expected: 'unbroken',
        found: problem,
      });
  }

  #addExtra({ event, record }: OutputRecord): void {
    this.#add(placeOf(event), {
      field: 'record',
      expected: ABSENT,
      found: `${event.type} at offset ${record.offset}`,
    });
  }

  #add(key: string, field: { field: string; expected: JsonValue; found: JsonValue }): void {
    this.#source.differences.add({ where: topic, partition: this.#source.slice.partition, key, ...field });
  }
}

/** `m-1#17 (submission 40)` */
function placeOf({ value }: LedgerEvent | OutputEvent): string {
  const from = `submission ${value.sourceOffset}`;
  return 'merchantId' in value ? `${value.merchantId}#${value.ledgerSeq} (${from})` : from;
}

/** The expected record in JSON form; the hashes, of which the recount knows nothing, are those found. */
function jsonOf(expected: LedgerEvent, found: OutputEvent): ReturnType<typeof toJsonForm> {
  return toJsonForm(expected.type, { ...found.value, ...expected.value } as never);
}
