/**
 * A balance as the API shows it. A day that has a document is that document, field by field, with its status; nothing is
 * computed. A day without one is filled as spec.md 3.4 says: it opens and closes with the closing of the latest earlier document
 * and carries that document's revision. Its zone and cut-off are those the calendar states for that day; when the day starts
 * is left open (null), because only the processor reckons with time zones.
 */
import type {
  AccountBalanceBody,
  AmountsBody,
  BalanceBody,
  DailyBalance,
  DayStatus,
  Merchant,
} from '@fluxo/schemas';
import { formatDate, toInstant } from '@fluxo/schemas';
import type { DateRange, MerchantDays } from '../views/balance-view.ts';
import { toHex } from './text-forms.ts';

const NO_CHAIN = '0'.repeat(64);

/** Whether the books of this day are closed (spec.md 2.3): closedThrough alone says so. */
export function statusOf(merchant: Pick<Merchant, 'closedThrough'>, businessDate: number): DayStatus {
  return merchant.closedThrough !== null && businessDate <= merchant.closedThrough ? 'CLOSED' : 'OPEN';
}

/** The body of a day that has a document. */
export function documentBody(document: DailyBalance, status: DayStatus): BalanceBody {
  return {
    merchantId: document.merchantId,
    businessDate: formatDate(document.businessDate),
    status,
    materialized: true,
    zone: document.zone,
    cutoffMinutes: document.cutoffMinutes,
    dayStart: toInstant(document.dayStart),
    revision: document.revision,
    chainHead: toHex(document.chainHead),
    recordedAt: toInstant(document.recordedAt),
    accounts: document.accounts,
    totals: document.totals,
    byKind: document.byKind,
    byMethod: document.byMethod,
  };
}

/** The body of a day without a document; `before` is the latest earlier document, null if there is none. */
export function filledBody(
  merchant: Merchant,
  businessDate: number,
  before: DailyBalance | null,
): BalanceBody {
  const calendar = calendarOn(merchant, businessDate);
  return {
    merchantId: merchant.merchantId,
    businessDate: formatDate(businessDate),
    status: statusOf(merchant, businessDate),
    materialized: false,
    zone: calendar.zone,
    cutoffMinutes: calendar.cutoffMinutes,
    dayStart: null,
    revision: before?.revision ?? 0,
    chainHead: before === null ? NO_CHAIN : toHex(before.chainHead),
    recordedAt: before === null ? null : toInstant(before.recordedAt),
    accounts: (before?.accounts ?? []).map(carriedOver<AccountBalanceBody>),
    totals: (before?.totals ?? []).map(carriedOver<AmountsBody>),
    byKind: [],
    byMethod: [],
  };
}

/** Every day of the range, in order: its document, or filled from the latest earlier one. */
export function* rangeBodies(found: MerchantDays, { from, to }: DateRange): Generator<BalanceBody> {
  const { merchant } = found;
  const days = new Map(found.days.map((day) => [day.businessDate, day]));
  let before = found.before?.read() ?? null;
  for (let date = from; date <= to; date++) {
    const document = days.get(date)?.read();
    yield document === undefined
      ? filledBody(merchant, date, before)
      : documentBody(document, statusOf(merchant, date));
    before = document ?? before;
  }
}

/** The line on a later day without movements: it opens and closes with this one's closing. */
function carriedOver<Line extends AmountsBody>(line: Line): Line {
  const { closingMinor } = line;
  return {
    ...line,
    openingMinor: closingMinor,
    creditsMinor: 0,
    debitsMinor: 0,
    creditCount: 0,
    debitCount: 0,
  };
}

/** The version in force on this day: the last one that has begun, the first counting as in force from ever (spec.md 3.1). */
function calendarOn(merchant: Merchant, businessDate: number): Merchant['calendar'][number] {
  const begun = merchant.calendar.findLast((version) => version.effectiveFrom <= businessDate);
  return begun ?? (merchant.calendar[0] as Merchant['calendar'][number]);
}
