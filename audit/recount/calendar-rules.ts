/** Configurations (spec.md 3.2 row 12, 3.6), closings (row 13, 3.5) and reopenings (row 14). */
import type {
  Account,
  ClosedAccount,
  DayCloseRequested,
  DayReopenRequested,
  MerchantConfigured,
} from '@fluxo/schemas';
import { businessDateOf, type CalendarVersion, startOfDay } from './business-day.ts';
import type { Effect, Refused } from './effect.ts';
import {
  ACCOUNTS_MAX,
  BACKDATE_DAYS_MAX,
  CLOSABLE_DAYS,
  CUTOFF_MINUTES_MAX,
  TOLERANCE_MS,
} from './limits.ts';
import type { MerchantBook } from './merchant-book.ts';
import { isBeyond } from './movements.ts';

type Context = { readonly now: number; readonly zoneNames: ReadonlySet<string> };

export function applyConfiguration(
  book: MerchantBook,
  configuration: MerchantConfigured,
  { now, zoneNames }: Context,
): Effect | Refused {
  const { zone, cutoffMinutes, backdateLimitDays, accounts } = configuration;
  const isValid =
    zoneNames.has(zone) &&
    isWithin(cutoffMinutes, CUTOFF_MINUTES_MAX) &&
    isWithin(backdateLimitDays, BACKDATE_DAYS_MAX) &&
    areAccountsValid(book, accounts);
  const calendar = isValid ? changedCalendar(book, configuration, now) : null;
  if (calendar === null) return 'config-invalid';
  const { merchantId: _merchantId, submittedAt: _submittedAt, source: _source, ...value } = configuration;
  return {
    bodies: [{ type: 'MerchantConfigApplied', value }],
    legs: [],
    apply: (last) => {
      book.configuration = configuration;
      book.calendar = calendar;
      book.touched = last;
    },
  };
}

function isWithin(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}

function areAccountsValid(book: MerchantBook, accounts: readonly Account[]): boolean {
  const currencies = new Map(accounts.map(({ accountId, currency }) => [accountId, currency]));
  const before = book.ledgerSeq === 0 ? [] : book.configuration.accounts;
  return (
    accounts.length >= 1 &&
    accounts.length <= ACCOUNTS_MAX &&
    currencies.size === accounts.length &&
    before.every(({ accountId, currency }) => currencies.get(accountId) === currency)
  );
}

/** The calendar after this configuration (section 3.6); null: it may not change so. */
function changedCalendar(
  book: MerchantBook,
  { effectiveFrom, zone, cutoffMinutes }: MerchantConfigured,
  now: number,
): readonly CalendarVersion[] | null {
  const added = { effectiveFrom, zone, cutoffMinutes };
  if (book.ledgerSeq === 0) return [added];
  const floor = Math.max(
    businessDateOf(book.calendar, now),
    book.closedThrough ?? Number.NEGATIVE_INFINITY,
    ...book.documents.keys(),
  );
  const standing = book.calendar.filter((version, index) => index === 0 || version.effectiveFrom <= floor);
  const last = standing[standing.length - 1] as CalendarVersion;
  if (last.zone === zone && last.cutoffMinutes === cutoffMinutes) return standing;
  if (effectiveFrom <= floor) return null;
  const changed = [...standing, added];
  const start = startOfDay(changed, effectiveFrom);
  const isLater = start > startOfDay(changed, effectiveFrom - 1) && start > now + TOLERANCE_MS;
  return isLater ? changed : null;
}

export function closeDay(book: MerchantBook, request: DayCloseRequested, now: number): Effect | Refused {
  const { requestId, businessDate, requestedBy, counts } = request;
  const today = businessDateOf(book.calendar, now);
  const counted = new Map(counts.map(({ accountId, countedMinor }) => [accountId, countedMinor]));
  const isClosable =
    businessDate <= today &&
    businessDate >= today - CLOSABLE_DAYS &&
    (book.closedThrough === null || businessDate > book.closedThrough) &&
    counted.size === counts.length &&
    [...counted.keys()].every((accountId) => book.currencyOf(accountId) !== undefined);
  if (!isClosable) return 'day-not-closable';
  const rows = book.configuration.accounts
    .toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1))
    .map((account) => closedRow(book, account, { businessDate, counted: counted.get(account.accountId) }));
  if (rows.some((row) => row.isBeyond)) return 'balance-overflow';
  const accounts = rows.map(({ row }) => row);
  return {
    bodies: [{ type: 'DayClosed', value: { requestId, businessDate, requestedBy, accounts } }],
    legs: [],
    apply: (last) => {
      book.closedThrough = businessDate;
      book.touched = last;
    },
  };
}

function closedRow(
  book: MerchantBook,
  account: Account,
  day: { readonly businessDate: number; readonly counted: number | undefined },
): { readonly row: ClosedAccount; readonly isBeyond: boolean } {
  const { opening, credits, debits, closing } = book.movements.row(account, day.businessDate);
  const variance = day.counted === undefined ? null : BigInt(day.counted) - closing;
  return {
    row: {
      accountId: account.accountId,
      currency: account.currency,
      openingMinor: Number(opening),
      creditsMinor: Number(credits),
      debitsMinor: Number(debits),
      closingMinor: Number(closing),
      countedMinor: day.counted ?? null,
      varianceMinor: variance === null ? null : Number(variance),
    },
    isBeyond: variance !== null && isBeyond(variance),
  };
}

export function reopenDay(book: MerchantBook, request: DayReopenRequested): Effect | Refused {
  const { requestId, businessDate, requestedBy, reason } = request;
  if (book.closedThrough === null || businessDate > book.closedThrough) return 'day-not-closed';
  return {
    bodies: [{ type: 'DayReopened', value: { requestId, businessDate, requestedBy, reason } }],
    legs: [],
    apply: (last) => {
      book.closedThrough = businessDate - 1;
      book.touched = last;
    },
  };
}
