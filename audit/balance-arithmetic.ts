/**
 * What must hold in every single balance document, whoever made it and from whatever: closing = opening + credits − debits (I1), and
 * totals are the sums of the accounts of their currency, as those by kind and by method are (I4). In bigint, so that a float
 * somewhere cannot hide in the check.
 */
import type { AccountBalance, CurrencyTotal, DailyBalance } from '@fluxo/schemas';

export type Problem = { readonly field: string; readonly expected: string; readonly found: string };

const FIGURES = [
  'openingMinor',
  'creditsMinor',
  'debitsMinor',
  'closingMinor',
  'creditCount',
  'debitCount',
] as const;
type Figure = (typeof FIGURES)[number];

export function balanceProblems({ accounts, totals, byKind, byMethod }: DailyBalance): readonly Problem[] {
  const currencies = [...new Set(accounts.map(({ currency }) => currency))].toSorted();
  const stated = totals.map(({ currency }) => currency);
  return [
    ...accounts.flatMap((row) => closingProblem(`accounts[${row.accountId}]`, row)),
    ...totals.flatMap((row) => closingProblem(`totals[${row.currency}]`, row)),
    ...problem('totals (I4)', currencies.join(), stated.join()),
    ...totals.flatMap((row) => totalProblems(row, accounts)),
    ...totals.flatMap((row) => shareProblems('byKind', row, byKind)),
    ...totals.flatMap((row) => shareProblems('byMethod', row, byMethod)),
  ];
}

function closingProblem(name: string, row: Omit<CurrencyTotal, 'currency'>): readonly Problem[] {
  const closing = BigInt(row.openingMinor) + BigInt(row.creditsMinor) - BigInt(row.debitsMinor);
  return problem(`${name}.closingMinor (I1)`, closing, row.closingMinor);
}

function totalProblems(row: CurrencyTotal, accounts: readonly AccountBalance[]): readonly Problem[] {
  const mine = accounts.filter(({ currency }) => currency === row.currency);
  return FIGURES.flatMap((figure: Figure) =>
    problem(`totals[${row.currency}].${figure} (I4)`, sum(mine.map((each) => each[figure])), row[figure]),
  );
}

type Share = {
  readonly currency: string;
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly count: number;
};

function shareProblems(name: string, row: CurrencyTotal, shares: readonly Share[]): readonly Problem[] {
  const mine = shares.filter(({ currency }) => currency === row.currency);
  const place = `${name}[${row.currency}]`;
  return [
    ...problem(`${place}.creditsMinor (I4)`, sum(mine.map((each) => each.creditsMinor)), row.creditsMinor),
    ...problem(`${place}.debitsMinor (I4)`, sum(mine.map((each) => each.debitsMinor)), row.debitsMinor),
    ...problem(`${place}.count (I4)`, sum(mine.map((each) => each.count)), row.creditCount + row.debitCount),
  ];
}

function sum(numbers: readonly number[]): bigint {
  return numbers.reduce((total, number) => total + BigInt(number), 0n);
}

function problem(field: string, expected: bigint | string, found: number | string): readonly Problem[] {
  return String(expected) === String(found)
    ? []
    : [{ field, expected: String(expected), found: String(found) }];
}
