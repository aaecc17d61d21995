/**
 * Closing and reopening days (spec.md 3.5): rows 13 and 14 of spec.md 3.2. Closing states what every account stood at and,
 * where somebody counted, by how much that is off; it books nothing and rewrites no document.
 */

import { countBefore, type DayFigures, rowOf } from '../balance/day-figures.ts';
import { compareText } from '../balance/rows.ts';
import { businessDateOf } from '../calendar/business-day.ts';
import { addDays, type BusinessDate, formatDate } from '../calendar/calendar-date.ts';
import { subtract } from '../money/money.ts';
import { type Accepted, type Context, type Rejected, type Request, reject } from './decision.ts';
import { ZERO_HASH } from './hash-chain.ts';
import type { ClosedAccount, LedgerEvent } from './ledger-event.ts';
import { CHANGEABLE_DAYS, type MerchantView, withClosedThrough } from './merchant.ts';
import type { Account, DayCloseRequested, DayReopenRequested } from './submission.ts';

/** Row 13. */
export function checkClosable(
  { settings }: MerchantView,
  { businessDate, counts }: DayCloseRequested,
  { recordedAt }: Context,
): Rejected | undefined {
  const { calendar, closedThrough, accountsById } = settings;
  const today = businessDateOf(calendar, recordedAt);
  if (businessDate > today) return notClosable(`${formatDate(businessDate)} has not started yet`);
  if (businessDate < addDays(today, -CHANGEABLE_DAYS))
    return notClosable(`${formatDate(businessDate)} is more than ${CHANGEABLE_DAYS} days ago`);
  if (closedThrough !== null && businessDate <= closedThrough)
    return notClosable(`the days up to ${formatDate(closedThrough)} are closed already`);
  const counted = new Set<string>();
  for (const { accountId } of counts) {
    if (!accountsById.has(accountId)) return notClosable(`a count for ${accountId}, which is no account`);
    if (counted.has(accountId)) return notClosable(`two counts for account ${accountId}`);
    counted.add(accountId);
  }
  return undefined;
}

/** Row 14. */
export function checkReopenable(
  { settings: { closedThrough } }: MerchantView,
  { businessDate }: DayReopenRequested,
): Rejected | undefined {
  if (closedThrough !== null && businessDate <= closedThrough) return undefined;
  return reject('day-not-closed', `${formatDate(businessDate)} is not closed`);
}

/** Closes the day and all before it. Throws `MoneyOverflowError` if a variance would be out of range. */
export function closeDay(request: Request<DayCloseRequested>): Accepted {
  const { merchant, value, context } = request;
  const { requestId, businessDate, requestedBy } = value;
  const event: LedgerEvent = {
    type: 'DayClosed',
    value: {
      merchantId: merchant.merchantId,
      ledgerSeq: merchant.ledgerSeq + 1,
      recordedAt: context.recordedAt,
      sourceOffset: context.sourceOffset,
      requestId,
      businessDate,
      requestedBy,
      accounts: closedAccounts(merchant, value),
      prevHash: ZERO_HASH,
      hash: ZERO_HASH,
    },
  };
  return withLastClosed(request, event, businessDate);
}

/** Opens the day and all after it: the day before is then the last closed one. */
export function reopenDay(request: Request<DayReopenRequested>): Accepted {
  const { merchant, value, context } = request;
  const { requestId, businessDate, requestedBy, reason } = value;
  const event: LedgerEvent = {
    type: 'DayReopened',
    value: {
      merchantId: merchant.merchantId,
      ledgerSeq: merchant.ledgerSeq + 1,
      recordedAt: context.recordedAt,
      sourceOffset: context.sourceOffset,
      requestId,
      businessDate,
      requestedBy,
      reason,
      prevHash: ZERO_HASH,
      hash: ZERO_HASH,
    },
  };
  return withLastClosed(request, event, addDays(businessDate, -1));
}

function withLastClosed(
  { merchant, value, context, fingerprint }: Request<DayCloseRequested | DayReopenRequested>,
  event: LedgerEvent,
  closedThrough: BusinessDate,
): Accepted {
  const { recordedAt } = context;
  const entry = { fingerprint, recordedAt, legs: null, reversal: false, reversed: false };
  return {
    kind: 'accepted',
    events: [event],
    days: null,
    settings: withClosedThrough(merchant.settings, closedThrough),
    remember: { id: value.requestId, entry },
    reverses: null,
  };
}

/** Every configured account at the end of the day, sorted by id. */
function closedAccounts(merchant: MerchantView, request: DayCloseRequested): ClosedAccount[] {
  const { businessDate } = request;
  const at = countBefore(merchant.days, businessDate);
  const isOfTheDay = merchant.days[at]?.businessDate === businessDate;
  const figures = merchant.days[isOfTheDay ? at : at - 1]?.figures;
  const counted = new Map(request.counts.map(({ accountId, countedMinor }) => [accountId, countedMinor]));
  return merchant.settings.accounts
    .toSorted((a, b) => compareText(a.accountId, b.accountId))
    .map((account) => {
      const row = isOfTheDay ? figuresOn(figures, account) : figuresAfter(figures, account);
      const countedMinor = counted.get(account.accountId) ?? null;
      const varianceMinor = countedMinor === null ? null : subtract(countedMinor, row.closingMinor);
      return { ...row, countedMinor, varianceMinor };
    });
}

type AccountFigures = Omit<ClosedAccount, 'countedMinor' | 'varianceMinor'>;

function figuresOn(day: DayFigures | undefined, { accountId, currency }: Account): AccountFigures {
  const row = rowOf(day, accountId);
  return {
    accountId,
    currency,
    openingMinor: row?.openingMinor ?? 0,
    creditsMinor: row?.creditsMinor ?? 0,
    debitsMinor: row?.debitsMinor ?? 0,
    closingMinor: row?.closingMinor ?? 0,
  };
}

/** On a day without a document everything stands as the latest earlier one closed (I2). */
function figuresAfter(previous: DayFigures | undefined, { accountId, currency }: Account): AccountFigures {
  const balanceMinor = rowOf(previous, accountId)?.closingMinor ?? 0;
  return {
    accountId,
    currency,
    openingMinor: balanceMinor,
    creditsMinor: 0,
    debitsMinor: 0,
    closingMinor: balanceMinor,
  };
}

function notClosable(detail: string): Rejected {
  return reject('day-not-closable', detail);
}
