/**
 * Fingerprints of content: 53 bits that tell whether a submission says the same as one remembered under its id (spec.md 3.2,
 * row 4). Same content is the same type and the same fields but `submittedAt` and `source`, counts in any order. Every
 * fingerprint can be computed from the submission and, equally, from the ledger records it became, so that a restore needs
 * nothing but the ledger.
 *
 * Not cryptographic, and need not be: it is only ever compared with one other under the same id of the same merchant, by
 * which a sender could deceive nobody but itself. The hash is in the manner of cyrb53 (bryc, public domain): two lanes of
 * multiplications, folded into 53 bits.
 */
import type { EntryPosted, LedgerEvent } from './ledger-event.ts';
import type {
  AccountCount,
  Configuration,
  DayCloseRequested,
  DayReopenRequested,
  EntrySubmitted,
  ReversalSubmitted,
  Submission,
  TransferSubmitted,
} from './submission.ts';

/** The fingerprint of what a submission says: 53 bits, as a number from 0 to 2^53 − 1. */
export function fingerprintOf({ type, value }: Submission): number {
  switch (type) {
    case 'EntrySubmitted':
      return ofEntry(value);
    case 'TransferSubmitted':
      return withDestination(ofTransferSource(value, value.fromAccountId), value.toAccountId);
    case 'ReversalSubmitted':
      return ofReversal(value);
    case 'MerchantConfigured':
      return ofConfiguration(value);
    case 'DayCloseRequested':
      return ofClosing(value, value.counts);
    case 'DayReopenRequested':
      return ofReopening(value);
  }
}

/**
 * The fingerprint of the submission behind a ledger record. A transfer's is complete with its leg TO, which comes directly
 * behind FROM: `previous` is then what this function gave for FROM.
 */
export function fingerprintOfEvent({ type, value }: LedgerEvent, previous: number): number {
  switch (type) {
    case 'EntryPosted':
      return fingerprintOfPosting(value, previous);
    case 'MerchantConfigApplied':
      return ofConfiguration(value);
    case 'DayClosed':
      return ofClosing(value, countsOf(value.accounts));
    case 'DayReopened':
      return ofReopening(value);
  }
}

/** What of a posting its submission's fingerprint is made of. */
export type PostingContent = EntryContent &
  TransferContent &
  ReversalContent &
  Pick<EntryPosted, 'kind' | 'leg'>;

/** As `fingerprintOfEvent`, of a posting. */
export function fingerprintOfPosting(posted: PostingContent, previous: number): number {
  if (posted.kind === 'REVERSAL') return ofReversal(posted);
  if (posted.leg === 'FROM') return ofTransferSource(posted, posted.accountId);
  return posted.leg === 'TO' ? withDestination(previous, posted.accountId) : ofEntry(posted);
}

type EntryContent = Pick<
  EntrySubmitted | EntryPosted,
  | 'accountId'
  | 'direction'
  | 'kind'
  | 'paymentMethod'
  | 'amountMinor'
  | 'currency'
  | 'occurredAt'
  | 'description'
  | 'externalId'
>;

function ofEntry(entry: EntryContent): number {
  return new Fingerprint('entry')
    .text(entry.accountId)
    .text(entry.direction)
    .text(entry.kind)
    .text(entry.paymentMethod)
    .integer(entry.amountMinor)
    .text(entry.currency)
    .integer(entry.occurredAt)
    .text(entry.description)
    .text(entry.externalId).value;
}

type TransferContent = Pick<
  TransferSubmitted | EntryPosted,
  'amountMinor' | 'currency' | 'occurredAt' | 'purpose' | 'description'
>;

function ofTransferSource(transfer: TransferContent, fromAccountId: string): number {
  return new Fingerprint('transfer')
    .integer(transfer.amountMinor)
    .text(transfer.currency)
    .integer(transfer.occurredAt)
    .text(transfer.purpose)
    .text(transfer.description)
    .text(fromAccountId).value;
}

function withDestination(source: number, toAccountId: string): number {
  return new Fingerprint('transfer to').integer(source).text(toAccountId).value;
}

type ReversalContent = Pick<ReversalSubmitted | EntryPosted, 'reversesEntryId' | 'reason' | 'occurredAt'>;

function ofReversal(reversal: ReversalContent): number {
  return new Fingerprint('reversal')
    .text(reversal.reversesEntryId)
    .text(reversal.reason)
    .integer(reversal.occurredAt).value;
}

function ofConfiguration(configuration: Configuration): number {
  const fingerprint = new Fingerprint('configuration')
    .text(configuration.name)
    .text(configuration.zone)
    .integer(configuration.cutoffMinutes)
    .integer(configuration.effectiveFrom)
    .text(configuration.lateEntries)
    .integer(configuration.backdateLimitDays)
    .integer(configuration.accounts.length);
  for (const { accountId, name, type, currency } of configuration.accounts)
    fingerprint.text(accountId).text(name).text(type).text(currency);
  return fingerprint.value;
}

type ClosingContent = Pick<DayCloseRequested, 'businessDate' | 'requestedBy'>;

function ofClosing(closing: ClosingContent, counts: readonly AccountCount[]): number {
  const fingerprint = new Fingerprint('closing')
    .integer(closing.businessDate)
    .text(closing.requestedBy)
    .integer(counts.length);
  for (const { accountId, countedMinor } of counts.toSorted(byAccount))
    fingerprint.text(accountId).integer(countedMinor);
  return fingerprint.value;
}

function ofReopening(reopening: Pick<DayReopenRequested, 'businessDate' | 'requestedBy' | 'reason'>): number {
  return new Fingerprint('reopening')
    .integer(reopening.businessDate)
    .text(reopening.requestedBy)
    .text(reopening.reason).value;
}

function countsOf(
  accounts: readonly { readonly accountId: string; readonly countedMinor: number | null }[],
): AccountCount[] {
  const counts: AccountCount[] = [];
  for (const { accountId, countedMinor } of accounts)
    if (countedMinor !== null) counts.push({ accountId, countedMinor });
  return counts;
}

function byAccount(a: AccountCount, b: AccountCount): number {
  if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
  return a.countedMinor - b.countedMinor;
}

/** Two 32-bit lanes that take one field after the other; a text comes behind its length, so that fields never run together. */
class Fingerprint {
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;

  constructor(type: string) {
    this.text(type);
  }

  /** Null is not the empty text. */
  text(text: string | null): this {
    if (text === null) return this.#take(-1);
    this.#take(text.length);
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      a = spread(Math.imul(a ^ unit, A));
      b = spread(Math.imul(b ^ unit, B));
    }
    this.#a = a;
    this.#b = b;
    return this;
  }

  /** Takes any safe integer. */
  integer(value: number): this {
    return this.#take(value | 0).#take(Math.floor(value / 0x1_0000_0000) | 0);
  }

  /** 53 bits, as a number from 0 to 2^53 − 1. */
  get value(): number {
    let [a, b] = [this.#a, this.#b];
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    return 0x1_0000_0000 * (b & 0x1f_ffff) + (a >>> 0);
  }

  /** Takes 32 bits. */
  #take(word: number): this {
    this.#a = spread(Math.imul(this.#a ^ word, A));
    this.#b = spread(Math.imul(this.#b ^ word, B));
    return this;
  }
}

const A = 0x9e3779b1;
const B = 0x5f356495;

/** Brings high bits down: multiplication only carries upwards, and two fields that differ in their high bits could cancel out. */
function spread(lane: number): number {
  return lane ^ (lane >>> 15);
}
