/** The form of an entry or a transfer: its fields, what they may be, and the command it becomes. The ledger judges; this only saves a way there and back. */
import { addDays, DIRECTION_OF, type EntryKind, parseDate, versionInForce, wallClockOf } from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';
import { calendarFrom } from '../merchant/zone-in-force.ts';
import type { Command } from '../sending/command.ts';

export const modes = ['entry', 'transfer'] as const;
export type Mode = (typeof modes)[number];
export const purposes = ['SANGRIA', 'SUPRIMENTO', 'DEPOSIT', 'WITHDRAWAL', 'OTHER'] as const;
export type Purpose = (typeof purposes)[number];

export type EntryValues = {
  readonly mode: Mode;
  readonly kind: EntryKind;
  readonly direction: 'CREDIT' | 'DEBIT';
  readonly paymentMethod: string;
  readonly accountId: string;
  readonly purpose: Purpose;
  readonly fromAccountId: string;
  readonly toAccountId: string;
  readonly amount: string;
  /** Wall-clock time of the merchant, as the browser's field writes it; empty: now. */
  readonly when: string;
  readonly description: string;
  /** The time of what is corrected. A draft that this page kept before has none. */
  readonly corrected?: ShownTime | null;
};

/** An instant, and what `when` showed for it: it is finer than the field, and stands as long as nobody changes that. */
export type ShownTime = { readonly when: string; readonly occurredAt: string };

const DAY_MS = 86_400_000;

/** Where money usually goes from and to, by what the transfer is for. */
const ways: Readonly<Record<Purpose, readonly [from: string, to: string] | null>> = {
  SANGRIA: ['DRAWER', 'SAFE'],
  SUPRIMENTO: ['SAFE', 'DRAWER'],
  DEPOSIT: ['SAFE', 'BANK'],
  WITHDRAWAL: ['BANK', 'SAFE'],
  OTHER: null,
};

export function usualAccounts(merchant: MerchantBody, purpose: Purpose): readonly [string, string] | null {
  const way = ways[purpose];
  if (way === null) return null;
  const [from, to] = way.map((type) => merchant.accounts.find((account) => account.type === type)?.accountId);
  return from === undefined || to === undefined ? null : [from, to];
}

export function emptyValues(merchant: MerchantBody, mode: Mode): EntryValues {
  const first = merchant.accounts[0]?.accountId ?? '';
  const [from, to] = usualAccounts(merchant, 'SANGRIA') ?? [first, merchant.accounts[1]?.accountId ?? first];
  return {
    mode,
    kind: 'SALE',
    direction: 'CREDIT',
    paymentMethod: 'CASH',
    accountId: first,
    purpose: 'SANGRIA',
    fromAccountId: from,
    toAccountId: to,
    amount: '',
    when: '',
    description: '',
  };
}

/** Which way the money goes: the kind says so, or the person. */
export function directionOf({
  kind,
  direction,
}: Pick<EntryValues, 'kind' | 'direction'>): 'CREDIT' | 'DEBIT' {
  return DIRECTION_OF[kind] ?? direction;
}

/** What the field holds: a date of the calendar, and minutes after its midnight. Null: no time. */
function readingOf(when: string) {
  const [date = '', time = ''] = when.split('T');
  const day = parseDate(date);
  const [hours, minutes] = time.split(':').map(Number);
  if (day === undefined || hours === undefined || minutes === undefined) return null;
  return { day, minutes: hours * 60 + minutes };
}

/**
 * The zone in which a typed time is read: that of the day on which it counts (spec.md 3.1), and before the cut-off that is the day before.
 * Null: the field holds no time.
 */
export function zoneOfReading(when: string, { calendar }: Pick<MerchantBody, 'calendar'>): string | null {
  const reading = readingOf(when);
  if (reading === null) return null;
  const versions = calendarFrom(calendar);
  const { cutoffMinutes, zone } = versionInForce(versions, reading.day);
  return reading.minutes >= cutoffMinutes ? zone : versionInForce(versions, addDays(reading.day, -1)).zone;
}

/** The instant at which the merchant's wall clock first reads this. Null: the field holds no time. */
export function instantOf(when: string, zone: string): string | null {
  const reading = readingOf(when);
  if (reading === null) return null;
  return new Date(
    wallClockOf(zone).firstReading(reading.day * DAY_MS + reading.minutes * 60_000),
  ).toISOString();
}

/** The same instant as the field shows it, to the minute. */
export function whenOf(occurredAt: string, zone: string): string {
  const instant = Date.parse(occurredAt);
  return new Date(instant + wallClockOf(zone).offsetAt(instant))
    .toISOString()
    .slice(0, 'YYYY-MM-DDTHH:mm'.length);
}

/** When it happened: as corrected or as typed. Null: the field is empty. */
export function occurredAtOf({ when, corrected }: EntryValues, zone: string): string | null {
  return when === corrected?.when ? corrected.occurredAt : instantOf(when, zone);
}

export type Ready = {
  readonly merchant: MerchantBody;
  readonly values: EntryValues;
  readonly amountMinor: number;
  readonly occurredAt: string;
  readonly ids: { readonly id: string; readonly idempotencyKey: string };
};

export function commandOf(ready: Ready): Omit<Command, 'state' | 'madeAt'> {
  const { merchant, values, amountMinor, occurredAt, ids } = ready;
  const isTransfer = values.mode === 'transfer';
  const accountId = isTransfer ? values.fromAccountId : values.accountId;
  const currency = merchant.accounts.find((account) => account.accountId === accountId)?.currency ?? 'BRL';
  const description = values.description.trim();
  const shared = {
    entryId: ids.id,
    amountMinor,
    currency,
    occurredAt,
    ...(description === '' ? {} : { description }),
  };
  const { fromAccountId, toAccountId, purpose, kind, paymentMethod } = values;
  return {
    ...ids,
    kind: values.mode,
    merchantId: merchant.merchantId,
    method: 'POST',
    path: isTransfer ? '/transfers' : '/entries',
    body: isTransfer
      ? { ...shared, fromAccountId, toAccountId, purpose }
      : { ...shared, accountId, direction: directionOf(values), kind, paymentMethod },
    amountMinor,
    currency,
    about: isTransfer ? purpose : kind,
  };
}
