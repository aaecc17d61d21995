/**
 * The recount: what must become of every submission of a partition by spec.md section 3, record after record in the order of the log.
 * Deliberately naive, and independent: it imports nothing from the processor or its domain. It says of each submission whether it is
 * posted or applied (with the ledger records that must follow), a duplicate, or refused with which code (I10).
 */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Decoded, LogRecord } from '@fluxo/kafka';
import { partitionOf } from '@fluxo/schemas';
import { applyConfiguration, closeDay, reopenDay } from './calendar-rules.ts';
import type { Effect, LedgerEvent, Refused } from './effect.ts';
import { postEntry, postReversal, postTransfer } from './entry-rules.ts';
import { HORIZON_MS, TOLERANCE_MS } from './limits.ts';
import { MerchantBook, type Remembered } from './merchant-book.ts';
import { isWellFormed, type Submission } from './well-formed.ts';

/** What is beyond being remembered by this much is forgotten, in case the broker's clock goes back a little. */
const FORGET_SLACK_MS = 2 * 86_400_000;
const FORGET_EVERY_RECORDS = 50_000;

export type Rules = {
  /** How many partitions the topics have. */
  readonly partitions: number;
  /** The names a zone may have (spec.md 3.2, row 12): data of the release, as its tz database is. */
  readonly zoneNames: ReadonlySet<string>;
};

export type Outcome =
  | { readonly kind: 'counted'; readonly book: MerchantBook; readonly events: readonly LedgerEvent[] }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly code: string };

export class Recount {
  readonly books = new Map<string, MerchantBook>();
  readonly #partition: number;
  readonly #rules: Rules;
  #newestMs = 0;
  #sinceForgetting = 0;

  constructor(partition: number, rules: Rules) {
    this.#partition = partition;
    this.#rules = rules;
  }

  /** What must become of the next submission; `decoded` is what its value says. */
  take(record: LogRecord, decoded: Decoded): Outcome {
    this.#forgetNowAndThen(record.timestampMs);
    const submission = this.#admit(record, decoded);
    if (typeof submission === 'string') return { kind: 'refused', code: submission };
    const book = this.#bookFor(submission);
    if (book === undefined) return { kind: 'refused', code: 'merchant-unknown' };
    const content = contentOf(submission);
    const known = rememberedAt(book, idOf(submission), record.timestampMs);
    if (known !== undefined)
      return known.content === content
        ? { kind: 'duplicate' }
        : { kind: 'refused', code: 'duplicate-mismatch' };
    const effect = this.#decide(book, submission, record);
    if (typeof effect === 'string') return { kind: 'refused', code: effect };
    this.books.set(book.merchantId, book);
    return { kind: 'counted', book, events: settle(book, submission, { content, effect, record }) };
  }

  /** Rows 1 and 2. */
  #admit({ key }: LogRecord, decoded: Decoded): Submission | Refused {
    if (decoded.kind !== 'record' || key === null || !isUtf8(key)) return 'malformed';
    const submission = { type: decoded.type, value: decoded.value } as Submission;
    if (!isWellFormed(submission)) return 'malformed';
    if (Buffer.from(key).toString() !== submission.value.merchantId) return 'key-mismatch';
    return partitionOf(key, this.#rules.partitions) === this.#partition ? submission : 'wrong-partition';
  }

  /** Row 3: a configuration makes a merchant known. */
  #bookFor({ type, value }: Submission): MerchantBook | undefined {
    const known = this.books.get(value.merchantId);
    return known === undefined && type === 'MerchantConfigured' ? new MerchantBook(value) : known;
  }

  /** Rows 5 to 15. */
  #decide(book: MerchantBook, submission: Submission, { timestampMs: now }: LogRecord): Effect | Refused {
    const { type, value } = submission;
    if (value.submittedAt > now + TOLERANCE_MS) return 'submitted-in-future';
    if (value.submittedAt < now - HORIZON_MS) return 'stale-submission';
    switch (type) {
      case 'EntrySubmitted':
        return postEntry(book, value, now);
      case 'TransferSubmitted':
        return postTransfer(book, value, now);
      case 'ReversalSubmitted':
        return postReversal(book, value, {
          now,
          original: rememberedAt(book, value.reversesEntryId, now),
        });
      case 'MerchantConfigured':
        return applyConfiguration(book, value, { now, zoneNames: this.#rules.zoneNames });
      case 'DayCloseRequested':
        return closeDay(book, value, now);
      case 'DayReopenRequested':
        return reopenDay(book, value);
    }
  }

  #forgetNowAndThen(recordedAt: number): void {
    this.#newestMs = Math.max(this.#newestMs, recordedAt);
    this.#sinceForgetting += 1;
    if (this.#sinceForgetting < FORGET_EVERY_RECORDS) return;
    this.#sinceForgetting = 0;
    const floor = this.#newestMs - HORIZON_MS - TOLERANCE_MS - FORGET_SLACK_MS;
    for (const book of this.books.values()) book.forget(floor);
  }
}

type Accepted = { readonly content: string; readonly effect: Effect; readonly record: LogRecord };

/** The ledger records of what was accepted; the merchant remembers it from now on. */
function settle(
  book: MerchantBook,
  submission: Submission,
  { content, effect, record }: Accepted,
): LedgerEvent[] {
  const { timestampMs: recordedAt, offset: sourceOffset } = record;
  const events = effect.bodies.map(({ type, value }) => {
    book.ledgerSeq += 1;
    const common = { merchantId: book.merchantId, ledgerSeq: book.ledgerSeq, recordedAt, sourceOffset };
    return { type, value: { ...common, ...value } } as LedgerEvent;
  });
  effect.apply({ revision: book.ledgerSeq, recordedAt });
  book.seen.set(idOf(submission), { content, recordedAt, legs: effect.legs, isReversed: false });
  return events;
}

/** What an id stands for at this time, if it is remembered (spec.md 3.2, remembered ids). */
function rememberedAt(book: MerchantBook, id: string, now: number): Remembered | undefined {
  const known = book.seen.get(id);
  return known !== undefined && known.recordedAt >= now - HORIZON_MS - TOLERANCE_MS ? known : undefined;
}

function idOf({ type, value }: Submission): string {
  if (type === 'MerchantConfigured') return value.configId;
  return type === 'DayCloseRequested' || type === 'DayReopenRequested' ? value.requestId : value.entryId;
}

/**
 * The same for the same type and fields other than submittedAt and source, counts in any order. A digest, to be small; fields come
 * in the order of our own schema, whatever wrote them.
 */
function contentOf({ type, value }: Submission): string {
  const { submittedAt: _submittedAt, source: _source, ...fields } = value;
  const counts = 'counts' in value ? value.counts.map((count) => JSON.stringify(count)).toSorted() : null;
  return hash(
    'sha256',
    JSON.stringify([type, counts === null ? fields : { ...fields, counts }]),
    'base64url',
  );
}
