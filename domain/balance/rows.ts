/**
 * The rows of a balance document and what can happen to one: a flow moves it, a net from an earlier day shifts it, a new day
 * carries it over. Rows are immutable and their lists sorted; a changed list shares every row but one with the old list.
 */
import { add, type MinorUnits } from '../money/money.ts';
import type { AccountBalance, CurrencyTotal, KindTotal, MethodTotal } from './day-figures.ts';

/** Credits and debits to be added to a row. */
export type Flow = {
  readonly creditsMinor: MinorUnits;
  readonly debitsMinor: MinorUnits;
  readonly creditCount: number;
  readonly debitCount: number;
};

/**
 * The index of the account's row; where it has none, the complement (~) of the index at which it would stand. Each list has a search
 * of its own and none takes a function: every entry searches four lists, and closures for them were a fifth of all it allocates.
 */
export function seekAccount(rows: readonly AccountBalance[], accountId: string): number {
  for (let at = 0; at < rows.length; at += 1) {
    const side = compareText((rows[at] as AccountBalance).accountId, accountId);
    if (side >= 0) return side === 0 ? at : ~at;
  }
  return ~rows.length;
}

/** As `seekAccount`, of a currency's total. */
export function seekTotal(rows: readonly CurrencyTotal[], currency: string): number {
  for (let at = 0; at < rows.length; at += 1) {
    const side = compareText((rows[at] as CurrencyTotal).currency, currency);
    if (side >= 0) return side === 0 ? at : ~at;
  }
  return ~rows.length;
}

/** As `seekAccount`, of a kind in a currency. */
export function seekKind(rows: readonly KindTotal[], currency: string, kind: string): number {
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as KindTotal;
    const side = compareText(row.currency, currency) || compareText(row.kind, kind);
    if (side >= 0) return side === 0 ? at : ~at;
  }
  return ~rows.length;
}

/** As `seekAccount`, of a payment method in a currency. */
export function seekMethod(rows: readonly MethodTotal[], currency: string, paymentMethod: string): number {
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as MethodTotal;
    const side = compareText(row.currency, currency) || compareText(row.paymentMethod, paymentMethod);
    if (side >= 0) return side === 0 ? at : ~at;
  }
  return ~rows.length;
}

/** The list with this row where a search ended: in place of the one that stands there, or between its neighbours. */
export function withRow<Row>(rows: readonly Row[], at: number, row: Row): readonly Row[] {
  if (at < 0) return rows.toSpliced(~at, 0, row);
  const changed = rows.slice();
  changed[at] = row;
  return changed;
}

/** Orders text by code unit, as every list of a document is sorted. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** An account that opens and closes with this balance. */
export function stillAccount(accountId: string, currency: string, balanceMinor: MinorUnits): AccountBalance {
  return {
    accountId,
    currency,
    openingMinor: balanceMinor,
    creditsMinor: 0,
    debitsMinor: 0,
    closingMinor: balanceMinor,
    creditCount: 0,
    debitCount: 0,
  };
}

/** A currency that opens and closes with this balance. */
export function stillTotal(currency: string, balanceMinor: MinorUnits): CurrencyTotal {
  return {
    currency,
    openingMinor: balanceMinor,
    creditsMinor: 0,
    debitsMinor: 0,
    closingMinor: balanceMinor,
    creditCount: 0,
    debitCount: 0,
  };
}

/** I1: what goes into credits and debits goes into closing, by one addition of the net. */
export function moveAccount(row: AccountBalance, flow: Flow): AccountBalance {
  return {
    accountId: row.accountId,
    currency: row.currency,
    openingMinor: row.openingMinor,
    creditsMinor: add(row.creditsMinor, flow.creditsMinor),
    debitsMinor: add(row.debitsMinor, flow.debitsMinor),
    closingMinor: add(row.closingMinor, flow.creditsMinor - flow.debitsMinor),
    creditCount: row.creditCount + flow.creditCount,
    debitCount: row.debitCount + flow.debitCount,
  };
}

/** I1 of a currency. */
export function moveTotal(row: CurrencyTotal, flow: Flow): CurrencyTotal {
  return {
    currency: row.currency,
    openingMinor: row.openingMinor,
    creditsMinor: add(row.creditsMinor, flow.creditsMinor),
    debitsMinor: add(row.debitsMinor, flow.debitsMinor),
    closingMinor: add(row.closingMinor, flow.creditsMinor - flow.debitsMinor),
    creditCount: row.creditCount + flow.creditCount,
    debitCount: row.debitCount + flow.debitCount,
  };
}

/** I2 for a later day: it opens and closes with `netMinor` more, its own movements stand. */
export function shiftAccount(row: AccountBalance, netMinor: MinorUnits): AccountBalance {
  return {
    accountId: row.accountId,
    currency: row.currency,
    openingMinor: add(row.openingMinor, netMinor),
    creditsMinor: row.creditsMinor,
    debitsMinor: row.debitsMinor,
    closingMinor: add(row.closingMinor, netMinor),
    creditCount: row.creditCount,
    debitCount: row.debitCount,
  };
}

/** I2 of a currency. */
export function shiftTotal(row: CurrencyTotal, netMinor: MinorUnits): CurrencyTotal {
  return {
    currency: row.currency,
    openingMinor: add(row.openingMinor, netMinor),
    creditsMinor: row.creditsMinor,
    debitsMinor: row.debitsMinor,
    closingMinor: add(row.closingMinor, netMinor),
    creditCount: row.creditCount,
    debitCount: row.debitCount,
  };
}

/** Counts every leg of the flow. */
export function moveKind(row: KindTotal, flow: Flow): KindTotal {
  return {
    currency: row.currency,
    kind: row.kind,
    creditsMinor: add(row.creditsMinor, flow.creditsMinor),
    debitsMinor: add(row.debitsMinor, flow.debitsMinor),
    count: row.count + flow.creditCount + flow.debitCount,
  };
}

/** Counts every leg of the flow. */
export function moveMethod(row: MethodTotal, flow: Flow): MethodTotal {
  return {
    currency: row.currency,
    paymentMethod: row.paymentMethod,
    creditsMinor: add(row.creditsMinor, flow.creditsMinor),
    debitsMinor: add(row.debitsMinor, flow.debitsMinor),
    count: row.count + flow.creditCount + flow.debitCount,
  };
}
