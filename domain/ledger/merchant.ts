/**
 * A merchant as the rules see it: its settings, its documents, the ids it may meet again. `MerchantView` is what whoever
 * keeps the state must be able to show; the rules only read it and answer with a `Decision`.
 */
import type { Day } from '../balance/day-figures.ts';
import { type Calendar, calendarOf } from '../calendar/business-day.ts';
import { addDays, asBusinessDate, type BusinessDate } from '../calendar/calendar-date.ts';
import type { RememberedId } from './remembered-id.ts';
import type { Account, LateEntries } from './submission.ts';

/** What is in force for a merchant. Immutable. */
export type MerchantSettings = {
  readonly name: string;
  readonly calendar: Calendar;
  readonly lateEntries: LateEntries;
  readonly backdateLimitDays: number;
  /** In the order in which they were configured. */
  readonly accounts: readonly Account[];
  /** The same accounts by their id. */
  readonly accountsById: ReadonlyMap<string, Account>;
  /** All days up to this one are CLOSED; null: none is. */
  readonly closedThrough: BusinessDate | null;
};

export type MerchantView = {
  readonly merchantId: string;
  /** The ledgerSeq of the merchant's last ledger record. */
  readonly ledgerSeq: number;
  readonly settings: MerchantSettings;
  /** The documents, sorted by date; none missing from the first one on. Those before `memoryFloor` may be gone but for the last. */
  readonly days: readonly Day[];
  /** What was recorded under this id last, however long ago; undefined if nothing was or it was forgotten. */
  remembered(id: string): RememberedId | undefined;
};

/** The Merchant record (spec.md 2.3) without what names its ledger record: revision, chainHead and recordedAt. */
type MerchantRecord = {
  readonly merchantId: string;
  readonly name: string;
  readonly calendar: readonly CalendarRecord[];
  readonly lateEntries: LateEntries;
  readonly backdateLimitDays: number;
  readonly accounts: readonly Account[];
  readonly closedThrough: number | null;
};

/** Dates of a record that was read are plain numbers. */
type CalendarRecord = {
  readonly effectiveFrom: number;
  readonly zone: string;
  readonly cutoffMinutes: number;
};

/** How far back, from today, a day can still be closed or booked (spec.md 3.2, rows 12 and 13). */
export const CHANGEABLE_DAYS = 400;
/** For clocks that step back and changes of zone. */
const MEMORY_SLACK_DAYS = 7;

/** Settings with the index of their accounts built. */
export function settingsOf(settings: Omit<MerchantSettings, 'accountsById'>): MerchantSettings {
  const accountsById = new Map(settings.accounts.map((account) => [account.accountId, account]));
  return { ...settings, accountsById };
}

/** The same settings with another last closed day. */
export function withClosedThrough(settings: MerchantSettings, closedThrough: BusinessDate): MerchantSettings {
  return { ...settings, closedThrough };
}

/** The settings that a published Merchant record says. */
export function settingsOfRecord(record: Omit<MerchantRecord, 'merchantId'>): MerchantSettings {
  const { name, lateEntries, backdateLimitDays, accounts, closedThrough } = record;
  const versions = record.calendar.map(({ effectiveFrom, zone, cutoffMinutes }) => ({
    effectiveFrom: asBusinessDate(effectiveFrom),
    zone,
    cutoffMinutes,
  }));
  return settingsOf({
    name,
    calendar: calendarOf(versions),
    lateEntries,
    backdateLimitDays,
    accounts,
    closedThrough: closedThrough === null ? null : asBusinessDate(closedThrough),
  });
}

/** The Merchant record to be published for these settings. */
export function merchantRecordOf(merchantId: string, settings: MerchantSettings): MerchantRecord {
  return {
    merchantId,
    name: settings.name,
    calendar: settings.calendar.versions,
    lateEntries: settings.lateEntries,
    backdateLimitDays: settings.backdateLimitDays,
    accounts: settings.accounts,
    closedThrough: settings.closedThrough,
  };
}

/**
 * The date before which documents can no longer change: of those, whoever keeps a merchant's state may drop all but the
 * last, whose closing is carried on.
 */
export function memoryFloor(today: BusinessDate): BusinessDate {
  return addDays(today, -CHANGEABLE_DAYS - MEMORY_SLACK_DAYS);
}
