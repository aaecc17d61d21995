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

/** A list of a document: how it is sorted, and which row it gets where what is sought has none. */
type RowList<Row, Sought> = {
  /** Negative where the row stands before what is sought, 0 where it is that, positive behind it. */
  readonly order: (row: Row, sought: Sought) => number;
  readonly still: (sought: Sought) => Row;
};

const NO_MOVEMENTS = { creditsMinor: 0, debitsMinor: 0, count: 0 } as const;

type OfAccount = Pick<AccountBalance, 'accountId' | 'currency'>;
type OfTotal = Pick<CurrencyTotal, 'currency'>;
type OfKind = Pick<KindTotal, 'currency' | 'kind'>;
type OfMethod = Pick<MethodTotal, 'currency' | 'paymentMethod'>;

export const accountRows: RowList<AccountBalance, OfAccount> = {
  order: (row, { accountId }) => compareText(row.accountId, accountId),
  still: ({ accountId, currency }) => stillAccount(accountId, currency, 0),
};

export const totalRows: RowList<CurrencyTotal, OfTotal> = {
  order: (row, { currency }) => compareText(row.currency, currency),
  still: ({ currency }) => stillTotal(currency, 0),
};

export const kindRows: RowList<KindTotal, OfKind> = {
  order: (row, { currency, kind }) => compareText(row.currency, currency) || compareText(row.kind, kind),
  still: ({ currency, kind }) => ({ currency, kind, ...NO_MOVEMENTS }),
};

export const methodRows: RowList<MethodTotal, OfMethod> = {
  order: (row, { currency, paymentMethod }) =>
    compareText(row.currency, currency) || compareText(row.paymentMethod, paymentMethod),
  still: ({ currency, paymentMethod }) => ({ currency, paymentMethod, ...NO_MOVEMENTS }),
};

/**
 * The list with the row of what is sought changed `by` so much, or added at its place. The functions hold on to nothing: every entry comes
 * here four times, and closures would be garbage each time.
 */
export function changeRow<Row, Sought, By>(
  rows: readonly Row[],
  sought: Sought,
  { order, still }: RowList<Row, Sought>,
  change: (row: Row, by: By) => Row,
  by: By,
): readonly Row[] {
  let at = 0;
  for (; at < rows.length; at += 1) {
    const row = rows[at] as Row;
    const side = order(row, sought);
    if (side === 0) return rows.with(at, change(row, by));
    if (side > 0) break;
  }
  // Not `push` or a spread: those reserve room for more rows, in documents that are kept for long.
  return rows.toSpliced(at, 0, change(still(sought), by));
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
