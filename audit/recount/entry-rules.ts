/** Entries, transfers and reversals: rows 6 to 11 and 15 of spec.md 3.2, on which day they count (3.3), and what is posted. */
import type { EntryPosted, EntrySubmitted, ReversalSubmitted, TransferSubmitted } from '@fluxo/schemas';
import { businessDateOf } from './business-day.ts';
import type { Effect, Refused } from './effect.ts';
import { ENTRY_MINOR_MAX, TOLERANCE_MS } from './limits.ts';
import type { MerchantBook, PostedLeg, Remembered } from './merchant-book.ts';

/** Section 2.1; ADJUSTMENT and OTHER may be either. */
const DIRECTION: Readonly<Record<string, 'CREDIT' | 'DEBIT'>> = {
  SALE: 'CREDIT',
  CASH_IN: 'CREDIT',
  OPENING: 'CREDIT',
  REFUND: 'DEBIT',
  CASH_OUT: 'DEBIT',
  FEE: 'DEBIT',
};

type Unsealed = Omit<
  EntryPosted,
  'merchantId' | 'ledgerSeq' | 'recordedAt' | 'sourceOffset' | 'prevHash' | 'hash'
>;
type Undated = Omit<Unsealed, 'businessDate' | 'originalBusinessDate'>;
type Money = { readonly accountId: string; readonly currency: string };

const nothing = {
  reversesEntryId: null,
  purpose: null,
  reason: null,
  description: null,
  externalId: null,
} as const;

export function postEntry(book: MerchantBook, entry: EntrySubmitted, now: number): Effect | Refused {
  const refused = accountRefusal(book, entry);
  if (refused !== null) return refused;
  if (!isAmount(entry.amountMinor)) return 'amount-out-of-range';
  if ((DIRECTION[entry.kind] ?? entry.direction) !== entry.direction) return 'direction-mismatch';
  if (entry.occurredAt > now + TOLERANCE_MS) return 'occurred-in-future';
  const { merchantId: _merchantId, ...fields } = entry;
  const leg: Undated = { ...nothing, ...fields, leg: 'SINGLE' };
  return post(book, [leg], { now, ownDay: businessDateOf(book.calendar, entry.occurredAt) });
}

export function postTransfer(book: MerchantBook, transfer: TransferSubmitted, now: number): Effect | Refused {
  const { merchantId: _merchantId, fromAccountId, toAccountId, ...fields } = transfer;
  const { currency } = transfer;
  if (fromAccountId === toAccountId) return 'same-account';
  const refused =
    accountRefusal(book, { accountId: fromAccountId, currency }) ??
    accountRefusal(book, { accountId: toAccountId, currency });
  if (refused !== null) return refused;
  if (!isAmount(transfer.amountMinor)) return 'amount-out-of-range';
  if (transfer.occurredAt > now + TOLERANCE_MS) return 'occurred-in-future';
  const both = { ...nothing, ...fields, kind: 'TRANSFER', paymentMethod: 'INTERNAL' } as const;
  const legs: Undated[] = [
    { ...both, leg: 'FROM', accountId: fromAccountId, direction: 'DEBIT' },
    { ...both, leg: 'TO', accountId: toAccountId, direction: 'CREDIT' },
  ];
  return post(book, legs, { now, ownDay: businessDateOf(book.calendar, transfer.occurredAt) });
}

export function postReversal(
  book: MerchantBook,
  reversal: ReversalSubmitted,
  { now, original }: { readonly now: number; readonly original: Remembered | undefined },
): Effect | Refused {
  if (reversal.occurredAt > now + TOLERANCE_MS) return 'occurred-in-future';
  const first = original?.legs[0];
  if (original === undefined || first === undefined) return 'original-unknown';
  if (first.kind === 'REVERSAL') return 'cannot-reverse-reversal';
  if (original.isReversed) return 'already-reversed';
  const legs = original.legs.map((leg) => reversed(leg, reversal));
  const effect = post(book, legs, { now, ownDay: first.businessDate });
  if (typeof effect === 'string') return effect;
  return {
    ...effect,
    apply: (last) => {
      effect.apply(last);
      original.isReversed = true;
    },
  };
}

function reversed(leg: PostedLeg, reversal: ReversalSubmitted): Undated {
  const { entryId, reversesEntryId, reason, occurredAt, submittedAt, source } = reversal;
  const { accountId, paymentMethod, amountMinor, currency } = leg;
  return {
    ...nothing,
    entryId,
    leg: leg.leg,
    accountId,
    direction: leg.direction === 'CREDIT' ? 'DEBIT' : 'CREDIT',
    kind: 'REVERSAL',
    paymentMethod,
    amountMinor,
    currency,
    occurredAt,
    submittedAt,
    reversesEntryId,
    reason,
    source,
  };
}

/** Row 7 for one account. */
function accountRefusal(book: MerchantBook, { accountId, currency }: Money): Refused | null {
  const own = book.currencyOf(accountId);
  if (own === undefined) return 'account-unknown';
  return own === currency ? null : 'currency-mismatch';
}

function isAmount(minor: number): boolean {
  return minor >= 1 && minor <= ENTRY_MINOR_MAX;
}

/** Row 11 (section 3.3), row 15, and the postings. */
function post(
  book: MerchantBook,
  legs: readonly Undated[],
  { now, ownDay }: { readonly now: number; readonly ownDay: number },
): Effect | Refused {
  const day = bookedOn(book, ownDay, now);
  if (typeof day === 'string') return day;
  const originalBusinessDate = day === ownDay ? null : ownDay;
  const postings = legs.map((leg): Unsealed => ({ ...leg, businessDate: day, originalBusinessDate }));
  // Judged on the documents as they would stand after the whole submission; the later ones are shifted by it.
  if (book.movements.wouldOverflow(postings, daysFrom(book, day))) return 'balance-overflow';
  return {
    bodies: postings.map((value) => ({ type: 'EntryPosted', value })),
    legs: postings.map(({ leg, accountId, direction, kind, paymentMethod, amountMinor, currency }) => ({
      leg,
      accountId,
      direction,
      kind,
      paymentMethod,
      amountMinor,
      currency,
      businessDate: day,
    })),
    apply: (last) => {
      book.movements.add(postings);
      book.documents.set(day, last);
      for (const date of book.documents.keys()) if (date > day) book.documents.set(date, last);
    },
  };
}

/** The day it counts on (section 3.3), or why it may not. */
function bookedOn(book: MerchantBook, ownDay: number, now: number): number | Refused {
  const { lateEntries, backdateLimitDays } = book.configuration;
  const today = businessDateOf(book.calendar, now);
  const isClosed = book.closedThrough !== null && ownDay <= book.closedThrough;
  if (!isClosed && ownDay >= today - backdateLimitDays) return ownDay;
  if (lateEntries === 'REJECT' && ownDay < today) return isClosed ? 'day-closed' : 'backdated-beyond-limit';
  return book.closedThrough === null ? today : Math.max(today, book.closedThrough + 1);
}

/** The day, and every later one that has a document. */
function* daysFrom(book: MerchantBook, day: number): Generator<number> {
  yield day;
  for (const date of book.documents.keys()) if (date > day) yield date;
}
