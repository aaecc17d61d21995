/**
 * Row 1 of spec.md 3.2 as far as it is about content: whether every field of a decoded submission has its form. One answer, yes or
 * no; which field it was interests the till's vendor, not the judge.
 */
import type {
  DayCloseRequested,
  DayReopenRequested,
  EntrySubmitted,
  MerchantConfigured,
  ReversalSubmitted,
  TransferSubmitted,
} from '@fluxo/schemas';

export type Submission =
  | { readonly type: 'EntrySubmitted'; readonly value: EntrySubmitted }
  | { readonly type: 'TransferSubmitted'; readonly value: TransferSubmitted }
  | { readonly type: 'ReversalSubmitted'; readonly value: ReversalSubmitted }
  | { readonly type: 'MerchantConfigured'; readonly value: MerchantConfigured }
  | { readonly type: 'DayCloseRequested'; readonly value: DayCloseRequested }
  | { readonly type: 'DayReopenRequested'; readonly value: DayReopenRequested };

/** What must be looked at in a submission; every list may be empty. */
type Parts = {
  readonly ids?: readonly string[];
  readonly uuids: readonly string[];
  readonly currencies?: readonly string[];
  /** At most 128 code points. */
  readonly names?: readonly (string | null)[];
  /** At most 512 code points. */
  readonly texts?: readonly (string | null)[];
  readonly instants?: readonly number[];
  readonly dates?: readonly number[];
  readonly longs?: readonly number[];
};

export const ID = /^[A-Za-z0-9._~-]{1,64}$/;
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CURRENCY = /^[A-Z]{3}$/;
const YEARS_MS = [Date.UTC(2000, 0, 1), Date.UTC(2100, 0, 1)] as const;
const DAY_MS = 86_400_000;

export function isWellFormed(submission: Submission): boolean {
  const { merchantId, submittedAt, source } = submission.value;
  const parts = partsOf(submission);
  return (
    [merchantId, ...(parts.ids ?? [])].every((id) => ID.test(id)) &&
    parts.uuids.every((uuid) => UUID.test(uuid)) &&
    (parts.currencies ?? []).every((currency) => CURRENCY.test(currency)) &&
    [source.system, source.deviceId, ...(parts.names ?? [])].every((name) => isText(name, 128)) &&
    (parts.texts ?? []).every((text) => isText(text, 512)) &&
    [submittedAt, ...(parts.instants ?? [])].every(isInstant) &&
    (parts.dates ?? []).every((date) => isInstant(date * DAY_MS)) &&
    [source.sequence ?? 0, ...(parts.longs ?? [])].every(Number.isSafeInteger)
  );
}

function isText(text: string | null, codePointsMax: number): boolean {
  return text === null || (!text.includes('\0') && Array.from(text).length <= codePointsMax);
}

/** Of the years 2000 to 2099. */
export function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= YEARS_MS[0] && ms < YEARS_MS[1];
}

function partsOf({ type, value }: Submission): Parts {
  switch (type) {
    case 'EntrySubmitted':
      return {
        ids: [value.accountId],
        uuids: [value.entryId],
        currencies: [value.currency],
        texts: [value.description, value.externalId],
        instants: [value.occurredAt],
        longs: [value.amountMinor],
      };
    case 'TransferSubmitted':
      return {
        ids: [value.fromAccountId, value.toAccountId],
        uuids: [value.entryId],
        currencies: [value.currency],
        texts: [value.description],
        instants: [value.occurredAt],
        longs: [value.amountMinor],
      };
    case 'ReversalSubmitted':
      return {
        uuids: [value.entryId, value.reversesEntryId],
        texts: [value.reason],
        instants: [value.occurredAt],
      };
    case 'MerchantConfigured':
      return {
        ids: value.accounts.map((account) => account.accountId),
        uuids: [value.configId],
        currencies: value.accounts.map((account) => account.currency),
        names: [value.name, value.zone, ...value.accounts.map((account) => account.name)],
        dates: [value.effectiveFrom],
      };
    case 'DayCloseRequested':
      return {
        ids: value.counts.map((count) => count.accountId),
        uuids: [value.requestId],
        names: [value.requestedBy],
        dates: [value.businessDate],
        longs: value.counts.map((count) => count.countedMinor),
      };
    case 'DayReopenRequested':
      return {
        uuids: [value.requestId],
        names: [value.requestedBy],
        texts: [value.reason],
        dates: [value.businessDate],
      };
  }
}
