/** The days of a month as fields of a calendar, for one currency: what each one closed at, and how strongly its colour should speak. */
import type { BalanceBody, DayStatus } from '@fluxo/schemas';

export type Field = {
  readonly date: string;
  readonly day: number;
  readonly status: DayStatus;
  readonly isQuiet: boolean;
  /** Null: nothing is known in this currency. */
  readonly openingMinor: number | null;
  readonly closingMinor: number | null;
  readonly changeMinor: number;
  /** 0 to 1, of the greatest change of the month either way. */
  readonly strength: number;
};

export function fieldsOf(days: readonly BalanceBody[], currency: string): readonly Field[] {
  const plain = days.map(({ businessDate, status, materialized, totals }) => {
    const total = totals.find((each) => each.currency === currency);
    return {
      date: businessDate,
      day: Number(businessDate.slice(8)),
      status,
      isQuiet: !materialized,
      openingMinor: total?.openingMinor ?? null,
      closingMinor: total?.closingMinor ?? null,
      changeMinor: total === undefined ? 0 : total.closingMinor - total.openingMinor,
    };
  });
  const greatest = Math.max(1, ...plain.map(({ changeMinor }) => Math.abs(changeMinor)));
  // The root: a month has one or two great days, and the others should be told apart as well.
  return plain.map((field) => ({ ...field, strength: Math.sqrt(Math.abs(field.changeMinor) / greatest) }));
}

/** YYYY-MM, so many months later. */
export function monthAfter(month: string, months: number): string {
  const [year = 2000, number = 1] = month.split('-').map(Number);
  const index = year * 12 + number - 1 + months;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}
