/** One row of a sales file by its mapping: first as what the row says, then as the submission it becomes. */
import {
  asBusinessDate,
  calendarOf,
  DIRECTION_OF,
  decimalsOf,
  type EntryKind,
  type EntrySubmitted,
  parseSubmission,
  startOfDay,
} from '@fluxo/domain';
import { ProducerError } from '../producer-error.ts';
import { parseWallTime, type WallTime } from './date-format.ts';
import { minorUnitsOf } from './decimal-amount.ts';
import { idFromName } from './deterministic-id.ts';
import type { Cell, Mapping } from './mapping.ts';

/** A row as the file has it: its cells by the names in the header line. */
export type Row = { readonly line: number; readonly cells: ReadonlyMap<string, string> };

/** What a row says, in its own calendar. */
export type SalesRow = {
  readonly line: number;
  readonly wallTime: WallTime;
  readonly fields: {
    readonly merchantId: string;
    readonly accountId: string;
    readonly currency: string;
    readonly kind: string;
    readonly direction: string;
    readonly paymentMethod: string;
    readonly amountMinor: number;
    readonly description: string | null;
    readonly externalId: string | null;
  };
};

/** What all rows of one import have in common. */
export type ImportTerms = {
  /** SHA-256 of the file, hex. */
  readonly fileHash: string;
  readonly submittedAt: number;
  /** Added to every date of the file. */
  readonly shiftDays: number;
};

const MINUTE_MS = 60_000;

/** Reads a row. Fails with `invalid-row`, saying what is wrong with which column. */
export function readRow(row: Row, mapping: Mapping): SalesRow {
  const currency = textOf(row, mapping.currency);
  const amount = amountOf(row, mapping, currency);
  const isRefund = amount < 0;
  const kind = isRefund ? 'REFUND' : textOf(row, mapping.kind);
  return {
    line: row.line,
    wallTime: wallTimeOf(row, mapping),
    fields: {
      merchantId: textOf(row, mapping.merchantId),
      accountId: textOf(row, mapping.accountId),
      currency,
      kind,
      direction: isRefund ? 'DEBIT' : directionOf(row, mapping, kind),
      paymentMethod: textOf(row, mapping.paymentMethod),
      amountMinor: Math.abs(amount),
      description: optionalText(row, mapping.description),
      externalId: optionalText(row, mapping.externalId),
    },
  };
}

/** The submission a row becomes: the same one whenever the same file is imported. Fails with `invalid-row`. */
export function entryOf(row: SalesRow, mapping: Mapping, terms: ImportTerms): EntrySubmitted {
  const value = {
    ...row.fields,
    entryId: idFromName(`${terms.fileHash}:${row.line}`),
    submittedAt: terms.submittedAt,
    source: { system: 'fluxo-import', deviceId: null, sequence: row.line },
    occurredAt: instantOf(row.wallTime, mapping, terms.shiftDays),
  };
  const parsed = parseSubmission('EntrySubmitted', value);
  if ('problem' in parsed) throw new ProducerError('invalid-row', parsed.problem);
  return parsed.submission.value as EntrySubmitted;
}

/** The earliest instant at which a clock on the wall shows this time; a time that a zone skips becomes the first one after it. */
function instantOf({ date, timeMs }: WallTime, { occurredAt }: Mapping, shiftDays: number): number {
  const time = timeMs ?? occurredAt.timeMinutes * MINUTE_MS;
  const cutoffMinutes = Math.floor(time / MINUTE_MS);
  const minute = { effectiveFrom: asBusinessDate(0), zone: occurredAt.zone, cutoffMinutes };
  return startOfDay(calendarOf([minute]), asBusinessDate(date + shiftDays)) + (time % MINUTE_MS);
}

function cellOf(row: Row, column: string): string {
  const text = row.cells.get(column);
  if (text !== undefined) return text.trim();
  throw new ProducerError(
    'invalid-mapping',
    `the file has no column "${column}"; it has: ${[...row.cells.keys()].join(', ')}`,
  );
}

function textOf(row: Row, cell: Cell): string {
  if ('constant' in cell) return cell.constant;
  const text = cellOf(row, cell.column);
  if (cell.values === null) return text;
  const translated = cell.values.get(text);
  if (translated !== undefined) return translated;
  throw wrong(cell.column, `${JSON.stringify(text)} is none of ${[...cell.values.keys()].join(', ')}`);
}

function optionalText(row: Row, cell: Cell | null): string | null {
  const text = cell === null ? '' : textOf(row, cell);
  return text === '' ? null : text;
}

function directionOf(row: Row, mapping: Mapping, kind: string): string {
  if (mapping.direction !== null) return textOf(row, mapping.direction);
  // An unknown kind is refused as such, whatever its direction.
  const direction = Object.hasOwn(DIRECTION_OF, kind) ? DIRECTION_OF[kind as EntryKind] : 'CREDIT';
  if (direction !== null) return direction;
  throw new ProducerError(
    'invalid-row',
    `money of kind ${kind} may go in or out: the mapping must say which (direction)`,
  );
}

function amountOf(row: Row, mapping: Mapping, currency: string): number {
  const { column, negative } = mapping.amount;
  const text = cellOf(row, column);
  const decimals = decimalsOf(currency);
  const amount = minorUnitsOf(text, decimals, mapping.amount);
  if (amount === undefined)
    throw wrong(
      column,
      `${JSON.stringify(text)} is no amount of ${currency} with at most ${decimals} decimals`,
    );
  if (amount < 0 && negative === 'refuse')
    throw wrong(
      column,
      `${text} is negative; "negative": "refund" in the mapping's amount makes it a refund`,
    );
  return amount;
}

function wallTimeOf(row: Row, { occurredAt }: Mapping): WallTime {
  const text = cellOf(row, occurredAt.column);
  const wallTime = parseWallTime(text, occurredAt.format);
  if (wallTime === undefined)
    throw wrong(occurredAt.column, `${JSON.stringify(text)} is no date in the mapping's format`);
  return wallTime;
}

function wrong(column: string, problem: string): ProducerError {
  return new ProducerError('invalid-row', `column ${column}: ${problem}`);
}
