/** Text in columns for people: the first is aligned left, figures right, and every column is as wide as it must be. */
export type Row = readonly string[];

/** The rows as lines; all have as many cells as the first. */
export function tableOf(rows: readonly Row[], textColumns = 1): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
