/**
 * How rows come into tables: as one JSON parameter that the server takes apart by the table's own types. One statement writes any
 * number of rows, its text never changes, and integers arrive digit by digit, never as floats.
 */
import { formatDate, toInstant } from '@fluxo/schemas';

/** Column → value. Integers are safe integers; bytes, instants and dates are text by the functions below. */
export type Row = Readonly<Record<string, unknown>>;

/** `json_populate_recordset` of the table over parameter 1. */
export function given(table: string): string {
  return `json_populate_recordset(null::${table}, $1)`;
}

export function insertInto(table: string, columns: readonly string[]): string {
  const list = columns.join(', ');
  return `INSERT INTO ${table} AS stored (${list}) SELECT ${list} FROM ${given(table)}`;
}

/** `SET` of an upsert that takes every column from the new row. */
export function takenFromNew(columns: readonly string[]): string {
  return columns.map((column) => `${column} = excluded.${column}`).join(', ');
}

/** The hexadecimal form of bytea. */
export function bytes(value: Uint8Array): string {
  return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
}

/** Epoch milliseconds as timestamptz. */
export function instant(epochMs: number): string {
  return toInstant(epochMs);
}

/** Days since 1970-01-01 as date. */
export function date(epochDay: number): string {
  return formatDate(epochDay);
}

export function optionalDate(epochDay: number | null): string | null {
  return epochDay === null ? null : formatDate(epochDay);
}
