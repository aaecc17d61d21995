/**
 * Configurations (spec.md 3.6): row 12 of spec.md 3.2. The first one makes a merchant known; a later one states the whole
 * intended future. What is past never changes: not the start of a day that has begun, was closed or has a document.
 */
import {
  businessDateOf,
  type Calendar,
  type CalendarVersion,
  calendarOf,
  startOfDay,
} from '../calendar/business-day.ts';
import { addDays, type BusinessDate, formatDate } from '../calendar/calendar-date.ts';
import { isZoneName } from '../calendar/time-zone.ts';
import { type Accepted, type Context, POLICY, type Rejected, reject } from './decision.ts';
import { ZERO_HASH } from './hash-chain.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { CHANGEABLE_DAYS, type MerchantSettings, type MerchantView, settingsOf } from './merchant.ts';
import type { MerchantConfigured } from './submission.ts';

const CUTOFF_MINUTES_MAX = 720;
const ACCOUNTS_MAX = 64;

/** The merchant's settings under this configuration, or why it is invalid (row 12). */
export function settingsUnder(
  merchant: MerchantView | undefined,
  configured: MerchantConfigured,
  context: Context,
): MerchantSettings | Rejected {
  const refusal = checkRanges(configured) ?? checkAccounts(merchant?.settings, configured);
  if (refusal !== undefined) return refusal;
  const calendar =
    merchant === undefined
      ? calendarOf([versionOf(configured)])
      : changedCalendar(merchant, versionOf(configured), context);
  if ('kind' in calendar) return calendar;
  return settingsOf({
    name: configured.name,
    calendar,
    lateEntries: configured.lateEntries,
    backdateLimitDays: configured.backdateLimitDays,
    accounts: configured.accounts,
    closedThrough: merchant?.settings.closedThrough ?? null,
  });
}

/** Applies a configuration that gave these settings. */
export function applyConfiguration(
  configured: MerchantConfigured,
  settings: MerchantSettings,
  applied: {
    readonly ledgerSeq: number;
    readonly context: Context;
    readonly fingerprint: number;
  },
): Accepted {
  const { recordedAt, sourceOffset } = applied.context;
  const event: LedgerEvent = {
    type: 'MerchantConfigApplied',
    value: {
      merchantId: configured.merchantId,
      ledgerSeq: applied.ledgerSeq,
      recordedAt,
      sourceOffset,
      configId: configured.configId,
      name: configured.name,
      zone: configured.zone,
      cutoffMinutes: configured.cutoffMinutes,
      effectiveFrom: configured.effectiveFrom,
      lateEntries: configured.lateEntries,
      backdateLimitDays: configured.backdateLimitDays,
      accounts: configured.accounts,
      prevHash: ZERO_HASH,
      hash: ZERO_HASH,
    },
  };
  const { fingerprint } = applied;
  const entry = { fingerprint, recordedAt, legs: null, reversal: false, reversed: false };
  return {
    kind: 'accepted',
    events: [event],
    days: null,
    settings,
    remember: { id: configured.configId, entry },
    reverses: null,
  };
}

function checkRanges({ zone, cutoffMinutes, backdateLimitDays }: MerchantConfigured): Rejected | undefined {
  if (!isZoneName(zone))
    return invalid(
      `there is no time zone named "${zone}"; names are those of the tz database, such as America/Sao_Paulo`,
    );
  if (cutoffMinutes < 0 || cutoffMinutes > CUTOFF_MINUTES_MAX)
    return invalid(`cutoffMinutes is ${cutoffMinutes}, not 0 to ${CUTOFF_MINUTES_MAX}`);
  if (backdateLimitDays < 0 || backdateLimitDays > CHANGEABLE_DAYS)
    return invalid(`backdateLimitDays is ${backdateLimitDays}, not 0 to ${CHANGEABLE_DAYS}`);
  return undefined;
}

/** A later configuration may rename accounts and add some; it must keep all, each in its currency. */
function checkAccounts(
  settings: MerchantSettings | undefined,
  { accounts }: MerchantConfigured,
): Rejected | undefined {
  if (accounts.length === 0 || accounts.length > ACCOUNTS_MAX)
    return invalid(`there are ${accounts.length} accounts, not 1 to ${ACCOUNTS_MAX}`);
  const currencies = new Map<string, string>();
  for (const { accountId, currency } of accounts) {
    if (currencies.has(accountId)) return invalid(`two accounts are named ${accountId}`);
    currencies.set(accountId, currency);
  }
  for (const { accountId, currency } of settings?.accounts ?? []) {
    const now = currencies.get(accountId);
    if (now === undefined) return invalid(`account ${accountId} is missing; accounts stay for ever`);
    if (now !== currency) return invalid(`account ${accountId} is in ${currency} and cannot become ${now}`);
  }
  return undefined;
}

/**
 * What a configuration with this version makes of a calendar whose days are history up to `settled`: versions that are still
 * pending fall away, and the new one is added if it differs from the one that then stands last. It may be one that is refused.
 */
export function calendarStating(
  calendar: Calendar,
  version: CalendarVersion,
  settled: BusinessDate,
): Calendar {
  const versions = withoutPending(calendar, settled);
  const last = versions[versions.length - 1] as CalendarVersion;
  const isSame = last.zone === version.zone && last.cutoffMinutes === version.cutoffMinutes;
  return calendarOf(isSame ? versions : [...versions, version]);
}

/** The calendar with this version, which is added only where every day before it keeps its start and it starts in the future. */
function changedCalendar(
  merchant: MerchantView,
  version: CalendarVersion,
  { recordedAt }: Context,
): Calendar | Rejected {
  const settled = settledThrough(merchant, recordedAt);
  const calendar = calendarStating(merchant.settings.calendar, version, settled);
  if (calendar.versions.at(-1) !== version) return calendar;

  const { effectiveFrom } = version;
  if (effectiveFrom <= settled)
    return invalid(
      `a new zone or cut-off is possible from ${formatDate(addDays(settled, 1))} on, not from ${formatDate(effectiveFrom)}`,
    );
  const start = startOfDay(calendar, effectiveFrom);
  if (start <= startOfDay(calendar, addDays(effectiveFrom, -1)))
    return invalid(`${formatDate(effectiveFrom)} would start before the day before it; choose a later day`);
  if (start <= recordedAt + POLICY.toleranceMs)
    return invalid(`${formatDate(effectiveFrom)} would have started already; choose a later day`);
  return calendar;
}

/** The latest of today, the last closed day and the day of the last document: up to it the calendar is history. */
function settledThrough({ settings, days }: MerchantView, recordedAt: number): BusinessDate {
  const { calendar, closedThrough } = settings;
  let settled = businessDateOf(calendar, recordedAt);
  if (closedThrough !== null && closedThrough > settled) settled = closedThrough;
  const last = days[days.length - 1];
  if (last !== undefined && last.businessDate > settled) settled = last.businessDate;
  return settled;
}

/** The first version is never pending: it is in force from ever. */
function withoutPending({ versions }: Calendar, settled: BusinessDate): CalendarVersion[] {
  return versions.filter((version, index) => index === 0 || version.effectiveFrom <= settled);
}

function versionOf({ effectiveFrom, zone, cutoffMinutes }: MerchantConfigured): CalendarVersion {
  return { effectiveFrom, zone, cutoffMinutes };
}

function invalid(detail: string): Rejected {
  return reject('config-invalid', detail);
}
