/**
 * How what is remembered of an id is laid out in 16 words of a typed array, and read back.
 *
 *   entry = id (4 words) | merchant | flags | fingerprint | recordedAt | amountMinor (2 words each) | account | other account | currency | day
 *
 * Two legs are those of a transfer, FROM and TO, or of its reversal: the same amount, method, currency and day, in opposite
 * directions (I9), so that only the second account is stored besides the first leg.
 */
import type { BusinessDate, RememberedId, RememberedLeg } from '@fluxo/domain';
import type { TextTable } from './text-table.ts';

export const ENTRY_WORDS = 16;

/** Where the parts stand, in words; `key` is the id and the merchant (`id-key.ts`). */
const word = { flags: 5, account: 12, otherAccount: 13, currency: 14, day: 15 } as const;
/** Where the doubles stand, in doubles from the entry's begin. */
const double = { fingerprint: 3, recordedAt: 4, amountMinor: 5 } as const;

/** The number of legs, and what is true of the first leg or of the whole; the payment method stands above them. */
const flag = { legs: 0b11, debit: 1 << 2, from: 1 << 3, reversal: 1 << 4, reversed: 1 << 5 } as const;
const METHOD_SHIFT = 6;

/** The place of each is in the words, and so in checkpoints: not to be changed or derived from elsewhere; a new one comes last. */
const METHODS: readonly RememberedLeg['paymentMethod'][] = [
  'CASH',
  'DEBIT_CARD',
  'CREDIT_CARD',
  'PIX',
  'BOLETO',
  'VOUCHER',
  'CHECK',
  'BANK_TRANSFER',
  'OTHER',
  'INTERNAL',
];

/** An array of entries, as words and as doubles of the same memory, and the texts they name. */
export type EntryArray = {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly texts: TextTable;
};

/** Writes everything but the key. */
export function writeEntry(array: EntryArray, entry: number, value: RememberedId): void {
  const { words, texts } = array;
  const at = entry * ENTRY_WORDS;
  const { legs } = value;
  const first = legs?.[0];
  const second = legs?.[1];
  let flags = legs?.length ?? 0;
  if (value.reversal) flags |= flag.reversal;
  if (value.reversed) flags |= flag.reversed;
  writeContent(array, at, value);
  if (first !== undefined) flags |= writeLeg(array, at, first);
  if (second !== undefined) words[at + word.otherAccount] = texts.numberOf(second.accountId);
  words[at + word.flags] = flags;
}

/** What is remembered of an entry of one leg that takes nothing back and was not taken back, all in one. */
export type SingleEntry = RememberedLeg & Pick<RememberedId, 'recordedAt'>;

/** As `writeEntry` with this one leg. */
export function writeSingle(
  array: EntryArray,
  entry: number,
  { value, fingerprint }: { readonly value: SingleEntry; readonly fingerprint: number },
): void {
  const at = entry * ENTRY_WORDS;
  writeContent(array, at, { fingerprint, recordedAt: value.recordedAt });
  array.words[at + word.flags] = 1 | writeLeg(array, at, value);
}

function writeContent(
  { doubles }: EntryArray,
  at: number,
  content: Pick<RememberedId, 'fingerprint' | 'recordedAt'>,
): void {
  doubles[at / 2 + double.fingerprint] = content.fingerprint;
  doubles[at / 2 + double.recordedAt] = content.recordedAt;
}

/** Writes the first leg, all but its flags, which are returned. */
function writeLeg({ words, doubles, texts }: EntryArray, at: number, leg: RememberedLeg): number {
  doubles[at / 2 + double.amountMinor] = leg.amountMinor;
  words[at + word.account] = texts.numberOf(leg.accountId);
  words[at + word.currency] = texts.numberOf(leg.currency);
  words[at + word.day] = leg.businessDate;
  return (
    (leg.direction === 'DEBIT' ? flag.debit : 0) |
    (leg.leg === 'FROM' ? flag.from : 0) |
    (METHODS.indexOf(leg.paymentMethod) << METHOD_SHIFT)
  );
}

export function readEntry(array: EntryArray, entry: number): RememberedId {
  const at = entry * ENTRY_WORDS;
  const { doubles } = array;
  const flags = array.words[at + word.flags] as number;
  return {
    fingerprint: doubles[at / 2 + double.fingerprint] as number,
    recordedAt: doubles[at / 2 + double.recordedAt] as number,
    legs: readLegs(array, at, flags),
    reversal: (flags & flag.reversal) !== 0,
    reversed: (flags & flag.reversed) !== 0,
  };
}

function readLegs({ words, doubles, texts }: EntryArray, at: number, flags: number): RememberedLeg[] | null {
  const count = flags & flag.legs;
  if (count === 0) return null;
  const isDebit = (flags & flag.debit) !== 0;
  const first: RememberedLeg = {
    leg: (flags & flag.from) === 0 ? 'SINGLE' : 'FROM',
    accountId: texts.textOf(words[at + word.account] as number),
    direction: isDebit ? 'DEBIT' : 'CREDIT',
    paymentMethod: METHODS[flags >>> METHOD_SHIFT] as RememberedLeg['paymentMethod'],
    amountMinor: doubles[at / 2 + double.amountMinor] as number,
    currency: texts.textOf(words[at + word.currency] as number),
    businessDate: words[at + word.day] as BusinessDate,
  };
  if (count === 1) return [first];
  const accountId = texts.textOf(words[at + word.otherAccount] as number);
  return [first, { ...first, leg: 'TO', accountId, direction: isDebit ? 'CREDIT' : 'DEBIT' }];
}

/** Notes whether the entry was taken back. */
export function writeReversed({ words }: EntryArray, entry: number, isReversed: boolean): void {
  const at = entry * ENTRY_WORDS + word.flags;
  const flags = words[at] as number;
  words[at] = isReversed ? flags | flag.reversed : flags & ~flag.reversed;
}
