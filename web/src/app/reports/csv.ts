/**
 * A table as CSV (RFC 4180) for spreadsheets: a byte order mark, so that they see UTF-8, and text that a spreadsheet would run as a formula made
 * harmless by an apostrophe. Amounts are decimal numbers with a point, exact.
 */

/**
 * Where a spreadsheet would begin a formula, or a way into one: at the beginning of the text, and behind what it may take for the end of a cell. In
 * Brazil and most of Europe that is a semicolon, in quotes or not, where the text does not begin with a quote.
 */
const FORMULA = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=[=+\-@])/g;

export type Cell = { readonly text: string } | { readonly number: string };

export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cellText).join(',')).join('\r\n')}\r\n`;
}

function cellText(cell: Cell): string {
  if ('number' in cell) return cell.number;
  const text = cell.text.replaceAll(FORMULA, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
