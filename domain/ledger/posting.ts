/**
 * What an accepted entry, transfer or reversal becomes: one EntryPosted per leg, the documents after them, and the memory of
 * its id (spec.md 3.3). Both legs of a transfer or neither, equal and opposite (I9).
 */
import { post } from '../balance/post.ts';
import type { Direction } from '../money/money.ts';
import type { Booking } from './booking.ts';
import type { Accepted, Request } from './decision.ts';
import { ZERO_HASH } from './hash-chain.ts';
import type { EntryPosted, LedgerEvent, Leg } from './ledger-event.ts';
import { type RememberedLeg, rememberedLeg } from './remembered-id.ts';
import type { EntrySubmitted, ReversalSubmitted, TransferSubmitted } from './submission.ts';

/** What all legs of a submission have in common. */
type LegsInCommon = Pick<
  EntryPosted,
  | 'entryId'
  | 'kind'
  | 'paymentMethod'
  | 'amountMinor'
  | 'currency'
  | 'occurredAt'
  | 'submittedAt'
  | 'reversesEntryId'
  | 'purpose'
  | 'reason'
  | 'description'
  | 'externalId'
  | 'source'
>;

type LegToPost = {
  readonly leg: Leg;
  readonly accountId: string;
  readonly direction: Direction;
};

/** Legs to be posted, all on one day. */
export type Legs = { readonly common: LegsInCommon; readonly legs: readonly LegToPost[] };

/** An entry is one leg. */
export function legsOfEntry(entry: EntrySubmitted): Legs {
  const { entryId, kind, paymentMethod, amountMinor, currency } = entry;
  const { occurredAt, submittedAt, description, externalId, source } = entry;
  return {
    common: {
      entryId,
      kind,
      paymentMethod,
      amountMinor,
      currency,
      occurredAt,
      submittedAt,
      reversesEntryId: null,
      purpose: null,
      reason: null,
      description,
      externalId,
      source,
    },
    legs: [{ leg: 'SINGLE', accountId: entry.accountId, direction: entry.direction }],
  };
}

/** A transfer is money out of one account, and the same money into another. */
export function legsOfTransfer(transfer: TransferSubmitted): Legs {
  const { entryId, amountMinor, currency, occurredAt, submittedAt, purpose, description, source } = transfer;
  return {
    common: {
      entryId,
      kind: 'TRANSFER',
      paymentMethod: 'INTERNAL',
      amountMinor,
      currency,
      occurredAt,
      submittedAt,
      reversesEntryId: null,
      purpose,
      reason: null,
      description,
      externalId: null,
      source,
    },
    legs: [
      { leg: 'FROM', accountId: transfer.fromAccountId, direction: 'DEBIT' },
      { leg: 'TO', accountId: transfer.toAccountId, direction: 'CREDIT' },
    ],
  };
}

/** The legs of the original, in its order, each in the opposite direction (I8). */
export function legsOfReversal(
  reversal: ReversalSubmitted,
  original: readonly [RememberedLeg, ...RememberedLeg[]],
): Legs {
  const { entryId, occurredAt, submittedAt, reversesEntryId, reason, source } = reversal;
  const { paymentMethod, amountMinor, currency } = original[0];
  return {
    common: {
      entryId,
      kind: 'REVERSAL',
      paymentMethod,
      amountMinor,
      currency,
      occurredAt,
      submittedAt,
      reversesEntryId,
      purpose: null,
      reason,
      description: null,
      externalId: null,
      source,
    },
    legs: original.map(({ leg, accountId, direction }) => ({
      leg,
      accountId,
      direction: direction === 'CREDIT' ? 'DEBIT' : 'CREDIT',
    })),
  };
}

/** Posts the legs. Throws `MoneyOverflowError` if a figure of the documents would be out of range. */
export function postLegs(request: Request<unknown>, { common, legs }: Legs, booking: Booking): Accepted {
  const { merchant, context, fingerprint } = request;
  const days = post(merchant.days, merchant.settings.calendar, {
    businessDate: booking.businessDate,
    kind: common.kind,
    paymentMethod: common.paymentMethod,
    amountMinor: common.amountMinor,
    currency: common.currency,
    movements: legs,
  });
  const events: LedgerEvent[] = [];
  const remembered: RememberedLeg[] = [];
  for (const { leg, accountId, direction } of legs) {
    const value: EntryPosted = {
      merchantId: merchant.merchantId,
      ledgerSeq: merchant.ledgerSeq + 1 + events.length,
      recordedAt: context.recordedAt,
      sourceOffset: context.sourceOffset,
      entryId: common.entryId,
      leg,
      accountId,
      direction,
      kind: common.kind,
      paymentMethod: common.paymentMethod,
      amountMinor: common.amountMinor,
      currency: common.currency,
      occurredAt: common.occurredAt,
      submittedAt: common.submittedAt,
      businessDate: booking.businessDate,
      originalBusinessDate: booking.originalBusinessDate,
      reversesEntryId: common.reversesEntryId,
      purpose: common.purpose,
      reason: common.reason,
      description: common.description,
      externalId: common.externalId,
      source: common.source,
      prevHash: ZERO_HASH,
      hash: ZERO_HASH,
    };
    events.push({ type: 'EntryPosted', value });
    remembered.push(rememberedLeg(value));
  }
  const entry = {
    fingerprint,
    recordedAt: context.recordedAt,
    legs: remembered,
    reversal: common.reversesEntryId !== null,
    reversed: false,
  };
  return {
    kind: 'accepted',
    events,
    days,
    settings: null,
    remember: { id: common.entryId, entry },
    reverses: common.reversesEntryId,
  };
}
