/**
 * What was counted for one merchant, added up per business day, and the documents that follow from it (spec.md 2.3, 3.4). Nothing is
 * carried from day to day and nothing is cascaded: whoever asks for a day gets sums over all days up to it, made anew. So an opening
 * is what was posted before (I2), a closing what was posted up to the day (I3), by definition. All money is bigint.
 */
import type { AccountBalance, CurrencyTotal, DailyBalance, KindTotal, MethodTotal } from '@fluxo/schemas';

/** One leg, as far as sums are concerned. */
export type Movement = {
  readonly businessDate: number;
  readonly accountId: string;
  readonly currency: string;
  readonly direction: 'CREDIT' | 'DEBIT';
  readonly kind: KindTotal['kind'];
  readonly paymentMethod: MethodTotal['paymentMethod'];
  readonly amountMinor: number;
};

export type Figures = Pick<DailyBalance, 'accounts' | 'totals' | 'byKind' | 'byMethod'>;

type Sum = {
  readonly currency: string;
  readonly name: string;
  credits: bigint;
  debits: bigint;
  creditCount: number;
  debitCount: number;
};
type Sums = Map<string, Sum>;
type NamedMovement = Pick<Movement, 'currency' | 'direction' | 'amountMinor'> & { readonly name: string };
type Day = { readonly accounts: Sums; readonly kinds: Sums; readonly methods: Sums };

/** An account on a day. */
export type Row = {
  readonly accountId: string;
  readonly currency: string;
  readonly opening: bigint;
  readonly credits: bigint;
  readonly debits: bigint;
  readonly closing: bigint;
  readonly creditCount: number;
  readonly debitCount: number;
};

export const MONEY_MAX = 2n ** 53n - 1n;

export function isBeyond(minor: bigint): boolean {
  return minor > MONEY_MAX || minor < -MONEY_MAX;
}

export class Movements {
  readonly #days = new Map<number, Day>();
  /** All amounts ever counted together: no figure can be further from zero. */
  #volume = 0n;

  add(movements: readonly Movement[]): void {
    for (const movement of movements) this.#change(movement, 1);
  }

  /** Whether a figure of the documents of these days would be beyond ±(2^53 − 1) with these added. */
  wouldOverflow(movements: readonly Movement[], days: Iterable<number>): boolean {
    const added = movements.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
    if (this.#volume + added <= MONEY_MAX) return false;
    this.add(movements);
    const isBeyondAnywhere = [...days].some((day) => this.#overflows(day));
    for (const movement of movements) this.#change(movement, -1);
    return isBeyondAnywhere;
  }

  /** The account on that day, also if nothing was ever counted for it. */
  row(account: { readonly accountId: string; readonly currency: string }, day: number): Row {
    let opening = 0n;
    for (const [date, { accounts }] of this.#days) {
      const sum = accounts.get(account.accountId);
      if (date < day && sum !== undefined) opening += sum.credits - sum.debits;
    }
    const here = this.#days.get(day)?.accounts.get(account.accountId);
    const { credits = 0n, debits = 0n, creditCount = 0, debitCount = 0 } = here ?? {};
    const { accountId, currency } = account;
    const closing = opening + credits - debits;
    return { accountId, currency, opening, credits, debits, closing, creditCount, debitCount };
  }

  /** Every account with a movement on that day or earlier, sorted by its id. */
  rows(day: number): Row[] {
    const currencies = new Map<string, string>();
    for (const [date, { accounts }] of this.#days)
      if (date <= day) for (const { name, currency } of accounts.values()) currencies.set(name, currency);
    return [...currencies]
      .toSorted(([a], [b]) => inOrder(a, b))
      .map(([accountId, currency]) => this.row({ accountId, currency }, day));
  }

  /** All money figures of the document of that day. */
  figures(day: number): Figures {
    const rows = this.rows(day);
    const here = this.#days.get(day);
    return {
      accounts: rows.map((row): AccountBalance => ({ accountId: row.accountId, ...amountsOf(row) })),
      totals: totalsOf(rows).map(amountsOf),
      byKind: sharesOf(here?.kinds).map(({ name, ...share }) => ({
        ...share,
        kind: name as KindTotal['kind'],
      })),
      byMethod: sharesOf(here?.methods).map(({ name, ...share }) => ({
        ...share,
        paymentMethod: name as MethodTotal['paymentMethod'],
      })),
    };
  }

  #overflows(day: number): boolean {
    const rows = this.rows(day);
    return [...rows, ...totalsOf(rows)].some(({ opening, credits, debits, closing }) =>
      [opening, credits, debits, closing].some(isBeyond),
    );
  }

  #change(movement: Movement, times: 1 | -1): void {
    const { businessDate, accountId, kind, paymentMethod, amountMinor } = movement;
    const day = this.#days.get(businessDate) ?? { accounts: new Map(), kinds: new Map(), methods: new Map() };
    this.#days.set(businessDate, day);
    this.#volume += BigInt(times) * BigInt(amountMinor);
    const { currency } = movement;
    change(day.accounts, accountId, { ...movement, name: accountId }, times);
    change(day.kinds, `${currency} ${kind}`, { ...movement, name: kind }, times);
    change(day.methods, `${currency} ${paymentMethod}`, { ...movement, name: paymentMethod }, times);
  }
}

/** Accounts are found by their id alone, which has one currency for ever; kinds and methods by currency and name. */
function change(sums: Sums, key: string, movement: NamedMovement, times: 1 | -1): void {
  const { name, currency, direction, amountMinor } = movement;
  const sum = sums.get(key) ?? { currency, name, credits: 0n, debits: 0n, creditCount: 0, debitCount: 0 };
  const minor = BigInt(times) * BigInt(amountMinor);
  if (direction === 'CREDIT') {
    sum.credits += minor;
    sum.creditCount += times;
  } else {
    sum.debits += minor;
    sum.debitCount += times;
  }
  if (sum.creditCount + sum.debitCount === 0) sums.delete(key);
  else sums.set(key, sum);
}

type Total = Omit<Row, 'accountId'>;

/** Per currency, sorted. */
function totalsOf(rows: readonly Row[]): Total[] {
  const currencies = [...new Set(rows.map((row) => row.currency))].toSorted(inOrder);
  return currencies.map((currency) => {
    const mine = rows.filter((row) => row.currency === currency);
    return {
      currency,
      opening: total(mine.map((row) => row.opening)),
      credits: total(mine.map((row) => row.credits)),
      debits: total(mine.map((row) => row.debits)),
      closing: total(mine.map((row) => row.closing)),
      creditCount: mine.reduce((count, row) => count + row.creditCount, 0),
      debitCount: mine.reduce((count, row) => count + row.debitCount, 0),
    };
  });
}

function total(minors: readonly bigint[]): bigint {
  return minors.reduce((sum, minor) => sum + minor, 0n);
}

function amountsOf(row: Total): CurrencyTotal {
  return {
    currency: row.currency,
    openingMinor: Number(row.opening),
    creditsMinor: Number(row.credits),
    debitsMinor: Number(row.debits),
    closingMinor: Number(row.closing),
    creditCount: row.creditCount,
    debitCount: row.debitCount,
  };
}

/** Sorted by currency, then name. */
function sharesOf(sums: Sums | undefined) {
  return [...(sums ?? new Map<string, Sum>()).values()]
    .toSorted((a, b) => inOrder(a.currency, b.currency) || inOrder(a.name, b.name))
    .map(({ currency, name, credits, debits, creditCount, debitCount }) => ({
      currency,
      name,
      creditsMinor: Number(credits),
      debitsMinor: Number(debits),
      count: creditCount + debitCount,
    }));
}

function inOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
