/**
 * What is remembered of an id (spec.md 3.2): enough to tell a retransmission from a contradiction, and to take an entry or
 * transfer back. It is a function of the ledger alone, so `rememberLedgerEvent` rebuilds on a restore what `submit` made.
 */
import type { PostedPaymentMethod } from '../balance/day-figures.ts';
import type { BusinessDate, EpochMs } from '../calendar/calendar-date.ts';
import { invariant } from '../domain-error.ts';
import type { Direction, MinorUnits } from '../money/money.ts';
import { fingerprintOfEvent, fingerprintOfPosting, type PostingContent } from './fingerprint.ts';
import type { EntryPosted, LedgerEvent, Leg } from './ledger-event.ts';

/** What a reversal must know of a leg to take it back. */
export type RememberedLeg = {
  readonly leg: Leg;
  readonly accountId: string;
  readonly direction: Direction;
  readonly paymentMethod: PostedPaymentMethod;
  readonly amountMinor: MinorUnits;
  readonly currency: string;
  readonly businessDate: BusinessDate;
};

export type RememberedId = {
  /** Of the content, see `fingerprint.ts`. */
  readonly fingerprint: number;
  readonly recordedAt: EpochMs;
  /** In the order in which they were posted; null: not an entry, transfer or reversal. */
  readonly legs: readonly RememberedLeg[] | null;
  /** It is itself a reversal. */
  readonly reversal: boolean;
  /** It was taken back (I8). */
  readonly reversed: boolean;
};

export type Remembered = {
  readonly id: string;
  readonly entry: RememberedId;
  /** The id that this one took back. */
  readonly reverses: string | null;
};

/**
 * What to remember from a ledger record. Records come in ledger order; `previous` tells what is remembered under the record's
 * id so far. The leg TO completes what FROM, directly before it, began; every other record replaces what was there.
 */
export function rememberLedgerEvent(
  event: LedgerEvent,
  previous: () => RememberedId | undefined,
): Remembered {
  if (event.type === 'EntryPosted') {
    const { entryId, reversesEntryId } = event.value;
    return { id: entryId, entry: rememberPosting(event.value, previous), reverses: reversesEntryId };
  }
  const { recordedAt } = event.value;
  const fingerprint = fingerprintOfEvent(event, 0);
  const entry = { fingerprint, recordedAt, legs: null, reversal: false, reversed: false };
  return { id: idOfEvent(event), entry, reverses: null };
}

/** What is read of a posting to remember it. */
export type PostingToRemember = PostingContent &
  RememberedLeg &
  Pick<EntryPosted, 'ledgerSeq' | 'recordedAt' | 'reversesEntryId'>;

/** What to remember from a posting, like `rememberLedgerEvent`; the id itself is not looked at. */
export function rememberPosting(
  posted: PostingToRemember,
  previous: () => RememberedId | undefined,
): RememberedId {
  const { recordedAt } = posted;
  const reversal = posted.reversesEntryId !== null;
  const leg = rememberedLeg(posted);
  if (posted.leg !== 'TO')
    return {
      fingerprint: fingerprintOfPosting(posted, 0),
      recordedAt,
      legs: [leg],
      reversal,
      reversed: false,
    };
  const before = legsBefore(posted, previous());
  const fingerprint = fingerprintOfPosting(posted, before.fingerprint);
  return { fingerprint, recordedAt, legs: [...before.legs, leg], reversal, reversed: false };
}

/** The leg as it is remembered. */
export function rememberedLeg(posted: RememberedLeg): RememberedLeg {
  const { leg, accountId, direction, paymentMethod, amountMinor, currency, businessDate } = posted;
  return { leg, accountId, direction, paymentMethod, amountMinor, currency, businessDate };
}

type Legs = { readonly fingerprint: number; readonly legs: readonly RememberedLeg[] };

function legsBefore(to: PostingToRemember, previous: RememberedId | undefined): Legs {
  const isFrom = previous?.recordedAt === to.recordedAt && previous.legs?.[0]?.leg === 'FROM';
  invariant('I9', isFrom, () => `the leg TO in ledger record ${to.ledgerSeq} is there without its FROM`);
  return { fingerprint: previous.fingerprint, legs: previous.legs };
}

/** The id that a ledger record is remembered under. */
export function idOfEvent(event: LedgerEvent): string {
  switch (event.type) {
    case 'EntryPosted':
      return event.value.entryId;
    case 'MerchantConfigApplied':
      return event.value.configId;
    case 'DayClosed':
    case 'DayReopened':
      return event.value.requestId;
  }
}
