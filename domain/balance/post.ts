/**
 * Posting to balance documents (spec.md 3.4): what one accepted submission makes of a merchant's days. The day it counts on
 * gets the movement, or a document with it; every later day keeps its own movements and opens and closes shifted by the net.
 *
 * All movements of one submission are of one currency, kind and payment method, and each is on an account of its own. So
 * every figure changes at most once, by one addition that `money.ts` checks: a figure is judged as it stands after the
 * whole submission (spec.md 3.2, row 15), never in between.
 */
import { type Calendar, startOfDay, versionInForce } from '../calendar/business-day.ts';
import type { BusinessDate } from '../calendar/calendar-date.ts';
import type { Direction, MinorUnits } from '../money/money.ts';
import {
  countBefore,
  type Day,
  type DayFigures,
  type PostedKind,
  type PostedPaymentMethod,
} from './day-figures.ts';
import {
  accountRows,
  changeRow,
  type Flow,
  kindRows,
  methodRows,
  moveAccount,
  moveKind,
  moveMethod,
  moveTotal,
  shiftAccount,
  shiftTotal,
  stillAccount,
  stillTotal,
  totalRows,
} from './rows.ts';

/** One account that money goes into or out of. */
export type Movement = { readonly accountId: string; readonly direction: Direction };

/** What one submission moves: this amount on each of these accounts, which are one, or two in opposite directions. */
export type Posting = {
  readonly businessDate: BusinessDate;
  readonly kind: PostedKind;
  readonly paymentMethod: PostedPaymentMethod;
  readonly amountMinor: MinorUnits;
  readonly currency: string;
  readonly movements: readonly Movement[];
};

/** The documents a submission changed: `figures` stand from index `from` on, in place of all that stood there. */
export type DayChange = {
  readonly from: number;
  /** The first of them is new: it stands before what stood at `from`. */
  readonly inserted: boolean;
  readonly figures: readonly DayFigures[];
};

/** The documents after this posting. Throws `MoneyOverflowError` if a figure of them would be out of range. */
export function post(days: readonly Day[], calendar: Calendar, posting: Posting): DayChange {
  const { businessDate } = posting;
  const from = countBefore(days, businessDate);
  const standing = days[from];
  const isNew = standing?.businessDate !== businessDate;
  const day = isNew ? openedAfter(days[from - 1]?.figures, calendar, businessDate) : standing.figures;
  const figures = [withPosting(day, posting)];
  for (let later = isNew ? from : from + 1; later < days.length; later += 1)
    figures.push(shiftedBy((days[later] as Day).figures, posting));
  return { from, inserted: isNew, figures };
}

/** The document of a day without movements: every account opens with what it closed with before (I2). */
function openedAfter(previous: DayFigures | undefined, calendar: Calendar, date: BusinessDate): DayFigures {
  const { zone, cutoffMinutes } = versionInForce(calendar, date);
  const carried = previous ?? { accounts: [], totals: [] };
  return {
    businessDate: date,
    zone,
    cutoffMinutes,
    dayStart: startOfDay(calendar, date),
    accounts: carried.accounts.map((row) => stillAccount(row.accountId, row.currency, row.closingMinor)),
    totals: carried.totals.map((row) => stillTotal(row.currency, row.closingMinor)),
    byKind: [],
    byMethod: [],
  };
}

function withPosting(day: DayFigures, posting: Posting): DayFigures {
  const { movements, currency, amountMinor } = posting;
  let { accounts } = day;
  for (const { accountId, direction } of movements) {
    const flow = flowOf(direction, amountMinor);
    accounts = changeRow(accounts, { accountId, currency }, accountRows, moveAccount, flow);
  }
  const flow = flowOfAll(posting);
  return {
    businessDate: day.businessDate,
    zone: day.zone,
    cutoffMinutes: day.cutoffMinutes,
    dayStart: day.dayStart,
    accounts,
    totals: changeRow(day.totals, posting, totalRows, moveTotal, flow),
    byKind: changeRow(day.byKind, posting, kindRows, moveKind, flow),
    byMethod: changeRow(day.byMethod, posting, methodRows, moveMethod, flow),
  };
}

/** A later day: its own movements, opened and closed with the net more (I3). Accounts may be new to it. */
function shiftedBy(day: DayFigures, posting: Posting): DayFigures {
  const { movements, currency, amountMinor } = posting;
  let { accounts } = day;
  let totalMinor = 0;
  for (const { accountId, direction } of movements) {
    const netMinor = direction === 'CREDIT' ? amountMinor : -amountMinor;
    totalMinor += netMinor;
    accounts = changeRow(accounts, { accountId, currency }, accountRows, shiftAccount, netMinor);
  }
  return {
    businessDate: day.businessDate,
    zone: day.zone,
    cutoffMinutes: day.cutoffMinutes,
    dayStart: day.dayStart,
    accounts,
    totals: changeRow(day.totals, posting, totalRows, shiftTotal, totalMinor),
    byKind: day.byKind,
    byMethod: day.byMethod,
  };
}

function flowOf(direction: Direction, amountMinor: MinorUnits): Flow {
  return direction === 'CREDIT'
    ? { creditsMinor: amountMinor, debitsMinor: 0, creditCount: 1, debitCount: 0 }
    : { creditsMinor: 0, debitsMinor: amountMinor, creditCount: 0, debitCount: 1 };
}

/** All movements as one flow, so that totals change once: by a transfer, their closing not at all. */
function flowOfAll({ movements, amountMinor }: Posting): Flow {
  let creditCount = 0;
  for (const { direction } of movements) if (direction === 'CREDIT') creditCount += 1;
  const debitCount = movements.length - creditCount;
  return {
    creditsMinor: creditCount * amountMinor,
    debitsMinor: debitCount * amountMinor,
    creditCount,
    debitCount,
  };
}
