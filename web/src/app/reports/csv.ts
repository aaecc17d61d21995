/**
 * A table as CSV (RFC 4180) for spreadsheets: a byte order mark, so that they see UTF-8, and text that a spreadsheet would run as a formula made
 * harmless by an apostrophe. Amounts are decimal numbers with a point, exact.
 */

/** Text from outside that begins like a formula. Numbers of our own are no text. */
const FORMULA = /^[=+\-@\t\r]/;

export type Cell = { readonly text: string } | { readonly number: string };

export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cellText).join(',')).join('\r\n')}\r\n`;
}

function cellText(cell: Cell): string {
  if ('number' in cell) return cell.number;
  const text = FORMULA.test(cell.text) ? `'${cell.text}` : cell.text;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
