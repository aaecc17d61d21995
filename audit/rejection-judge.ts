/**
 * The rejections of a slice against the recount: exactly the submissions that must be refused, each once, with its code, its time and
 * its original bytes. The topic keeps its records for a limited time, so what is older than that may be gone from its beginning, also
 * while it is read; anything else that is not there is missing. `detail` is for people and may change: it is not judged.
 */
import { hash } from 'node:crypto';
import type { JsonValue, LogRecord } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { ABSENT, differingFields } from './difference.ts';
import type { OutputSource } from './ledger-judge.ts';
import { OutputCursor, type OutputGroup, type OutputRecord } from './output-cursor.ts';
import type { PassedBatch } from './passed-batch.ts';
import { KEPT_BYTES_MAX } from './slice.ts';

const { name: topic } = topics.rejections;

export type RejectionSource = OutputSource & {
  /** Where retention had removed what would have been read next, in the order of the log; grows while it is read. */
  readonly gaps: readonly Gap[];
};

/** Records before `start` are gone, all of which were written before `expiredBeforeMs`. */
export type Gap = { readonly start: number; readonly expiredBeforeMs: number };

export class RejectionJudge {
  readonly #source: RejectionSource;
  readonly #cursor: OutputCursor;
  /** Of the last record found; −1: none yet. */
  #foundOffset = -1;
  records = 0;
  /** Submissions before the cut that were refused, also those whose rejection is no longer kept. */
  submissions = 0;

  constructor(source: RejectionSource) {
    this.#source = source;
    this.#cursor = new OutputCursor({
      ...source,
      onRecord: () => {
        this.records += 1;
      },
      onUnreadable: (record, why) =>
        this.#add(`offset ${record.offset}`, { field: 'record', expected: 'a rejection', found: why }),
    });
  }

  get isDone(): boolean {
    return this.#cursor.isDone;
  }

  /** Holds what the topic has for this submission against its code, null: it must not be refused; returns whether it has anything. */
  async judge(submission: LogRecord, code: string | null): Promise<boolean> {
    await this.#takeStray(submission.offset);
    const found = await this.#cursor.takeAt(submission.offset);
    const next = await this.#cursor.peek();
    const first = code === null ? undefined : found[0];
    this.#count(submission.offset, found);
    if (code !== null && first === undefined) this.#miss(submission, code, next);
    if (code !== null && first !== undefined) this.#compare(submission, code, first);
    for (const extra of found.slice(code === null ? 0 : 1)) this.#addExtra(extra);
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
    }
  }

  #count(sourceOffset: number, found: readonly OutputRecord[]): void {
    this.#foundOffset = found.at(-1)?.record.offset ?? this.#foundOffset;
    if (found.length > 0 && sourceOffset < this.#source.cut) this.submissions += 1;
  }

  #miss({ offset, timestampMs }: LogRecord, code: string, next: OutputGroup | null): void {
    if (offset >= this.#source.cut && next === null) return;
    if (this.#hasExpired(timestampMs, next)) {
      this.submissions += 1;
      return;
    }
    this.#add(`submission ${offset}`, { field: 'record', expected: code, found: ABSENT });
  }

  /** Whether it stood where retention has removed something, between what was found last and what comes next, and was old enough. */
  #hasExpired(writtenMs: number, next: OutputGroup | null): boolean {
    const nextOffset = next?.records[0]?.record.offset ?? Number.POSITIVE_INFINITY;
    return this.#source.gaps.some(
      ({ start, expiredBeforeMs }) =>
        this.#foundOffset < start && start <= nextOffset && writtenMs < expiredBeforeMs,
    );
  }

  #compare({ offset, timestampMs, key, value }: LogRecord, code: string, found: OutputRecord): void {
    if (found.event.type !== 'SubmissionRejected') {
      this.#addExtra(found);
      return;
    }
    const { value: rejection } = found.event;
    const whole = value ?? new Uint8Array();
    const expected = {
      code,
      recordedAt: timestampMs,
      recordKey: hexOf(key),
      key: hexOf(key),
      value: hexOf(whole.subarray(0, KEPT_BYTES_MAX)),
      valueSha256: hash('sha256', whole, 'hex'),
    };
    const stated = {
      code: rejection.code,
      recordedAt: rejection.recordedAt,
      recordKey: hexOf(found.record.key),
      key: hexOf(rejection.key),
      value: hexOf(rejection.value),
      valueSha256: hexOf(rejection.valueSha256),
    };
    for (const field of differingFields(expected, stated)) this.#add(`submission ${offset}`, field);
  }

  #addExtra({ event, record }: OutputRecord): void {
    const found = `${event.type === 'SubmissionRejected' ? event.value.code : event.type} at offset ${record.offset}`;
    this.#add(`submission ${event.value.sourceOffset}`, { field: 'record', expected: ABSENT, found });
  }

  #add(key: string, field: { field: string; expected: JsonValue; found: JsonValue }): void {
    this.#source.differences.add({ where: topic, partition: this.#source.slice.partition, key, ...field });
  }
}

/** Keys are kept to the same length as values; both are short in print. */
function hexOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes.subarray(0, KEPT_BYTES_MAX)).toString('hex');
}
