/** A report as rows of cells, as its file has them: every column, whatever the screen has room for, and amounts in the currency of their row. */
import { decimalText } from '@fluxo/domain';
import type { SummaryGroup, SummaryRowBody } from '@fluxo/schemas';
import type { Cell } from './csv.ts';

/** Groups whose key is a date or a month. */
const DATED: ReadonlySet<SummaryGroup> = new Set(['day', 'week', 'month']);

type Words = {
  readonly groupBy: SummaryGroup;
  /** What the page calls the group of a row. */
  readonly labelOf: (row: SummaryRowBody) => string;
  readonly word: (key: string) => string;
};

export function reportTable(
  rows: readonly SummaryRowBody[],
  { groupBy, labelOf, word }: Words,
): readonly (readonly Cell[])[] {
  const head = [
    `reports.${groupBy}`,
    'balance.currency',
    'balance.opening',
    'balance.credits',
    'balance.debits',
    'balance.closing',
    'reports.count',
  ];
  return [
    head.map((key) => ({ text: word(key) })),
    ...rows.map((row) => [
      // Programs sort and read days as ISO 8601 has them; what is no day has its name.
      { text: DATED.has(groupBy) ? row.key : labelOf(row) },
      { text: row.currency },
      amountCell(row.openingMinor, row.currency),
      amountCell(row.creditsMinor, row.currency),
      amountCell(row.debitsMinor, row.currency),
      amountCell(row.closingMinor, row.currency),
      { number: String(row.count) },
    ]),
  ];
}

/** Empty where the group has none. */
function amountCell(minor: number | null, currency: string): Cell {
  return { number: minor === null ? '' : decimalText(minor, currency) };
}
