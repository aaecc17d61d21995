/**
 * Documents of a range of days added up by group. Every figure is a document's; credits, debits and counts of a group are their exact sums,
 * a group of days opens as its first day does and closes as its last one, days without a document carried over as everywhere (spec.md
 * 3.4). This is the one place where this API adds (besides a balance of the past): which groups somebody will ask for, no topic can know.
 */
import { addMoney } from '@fluxo/domain';
import {
  type BalanceBody,
  formatDate,
  parseDate,
  type SummaryGroup,
  type SummaryRowBody,
} from '@fluxo/schemas';
import { rangeBodies } from '../representations/balance-body.ts';
import type { DateRange, MerchantDays } from '../views/balance-view.ts';

export type Summary = {
  readonly rows: readonly SummaryRowBody[];
  /** The greatest among the documents it is made of, and when that was recorded. */
  readonly revision: number;
  readonly recordedAt: string | null;
};

/** Throws `MoneyOverflowError` if a sum is beyond ±(2^53 − 1). */
export function summarize(found: MerchantDays, range: DateRange, groupBy: SummaryGroup): Summary {
  const rows = new Map<string, SummaryRowBody>();
  let newest: Pick<BalanceBody, 'revision' | 'recordedAt'> = { revision: 0, recordedAt: null };
  for (const day of rangeBodies(found, range)) {
    if (day.revision > newest.revision) newest = day;
    for (const row of rowsOf(day, groupBy)) {
      const place = JSON.stringify([row.key, row.currency]);
      const sum = rows.get(place);
      rows.set(place, sum === undefined ? row : added(sum, row));
    }
  }
  const { revision, recordedAt } = newest;
  return { rows: [...rows.values()].toSorted(byKeyAndCurrency), revision, recordedAt };
}

/** A day's part of each of its groups. */
function rowsOf(day: BalanceBody, groupBy: SummaryGroup): readonly SummaryRowBody[] {
  switch (groupBy) {
    case 'day':
      return ofTotals(day, day.businessDate);
    case 'week':
      return ofTotals(day, mondayOf(day.businessDate));
    case 'month':
      return ofTotals(day, day.businessDate.slice(0, 'YYYY-MM'.length));
    case 'account':
      return day.accounts.map((line) => amountsRow(line.accountId, line));
    case 'kind':
      return day.byKind.map(({ kind, ...share }) => shareRow(kind, share));
    case 'paymentMethod':
      return day.byMethod.map(({ paymentMethod, ...share }) => shareRow(paymentMethod, share));
  }
}

function ofTotals(day: BalanceBody, key: string): readonly SummaryRowBody[] {
  return day.totals.map((line) => amountsRow(key, line));
}

function amountsRow(key: string, line: BalanceBody['totals'][number]): SummaryRowBody {
  const { currency, openingMinor, creditsMinor, debitsMinor, closingMinor, creditCount, debitCount } = line;
  const count = creditCount + debitCount;
  return { key, currency, openingMinor, creditsMinor, debitsMinor, closingMinor, count };
}

type Share = Pick<SummaryRowBody, 'currency' | 'creditsMinor' | 'debitsMinor' | 'count'>;

function shareRow(key: string, { currency, creditsMinor, debitsMinor, count }: Share): SummaryRowBody {
  return { key, currency, openingMinor: null, creditsMinor, debitsMinor, closingMinor: null, count };
}

/** `sum`, and the later `row` behind it. */
function added(sum: SummaryRowBody, row: SummaryRowBody): SummaryRowBody {
  return {
    ...sum,
    creditsMinor: addMoney(sum.creditsMinor, row.creditsMinor),
    debitsMinor: addMoney(sum.debitsMinor, row.debitsMinor),
    closingMinor: row.closingMinor,
    count: sum.count + row.count,
  };
}

/** 1970-01-01 was a Thursday. */
function mondayOf(businessDate: string): string {
  const date = parseDate(businessDate) as number;
  return formatDate(date - ((((date + 3) % 7) + 7) % 7));
}

function byKeyAndCurrency(a: SummaryRowBody, b: SummaryRowBody): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.currency < b.currency ? -1 : Number(a.currency > b.currency);
}
