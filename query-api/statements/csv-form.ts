/**
 * A statement as CSV (RFC 4180) for spreadsheets and for programs: one row per balance and entry, told apart by the first column. It begins
 * with a byte order mark, because without one spreadsheets take UTF-8 for the code page of the machine; programs skip it (in RFC 4180's
 * successors and in every reader that knows UTF-8). Text that a spreadsheet would run as a formula is made harmless by an
 * apostrophe. Amounts are numbers, not text: decimal, with a point, exact. CSV has no end mark: a statement that breaks off breaks the connection.
 */

import { decimalText } from '@fluxo/domain';
import type { StatementEntryBody } from '@fluxo/schemas';
import { stringify } from 'csv-stringify/sync';
import { signedMinor } from './signed-minor.ts';
import type { Account, Statement, StatementPart } from './statement.ts';
import { type StatementForm, textual } from './statement-form.ts';

export const csvForm: StatementForm = {
  mediaType: 'text/csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  entriesMax: null,
  write: textual(csvWriter),
};

const COLUMNS = [
  'record',
  'accountId',
  'businessDate',
  'ledgerSeq',
  'amount',
  'balance',
  'currency',
  'kind',
  'paymentMethod',
  'description',
  'reason',
  'purpose',
  'externalId',
  'occurredAt',
  'recordedAt',
  'originalBusinessDate',
  'entryId',
  'leg',
  'reversesEntryId',
] as const;

/** Numbers of our own, which may begin with a minus. */
const AMOUNTS: ReadonlySet<string> = new Set(['amount', 'balance']);

/** What is missing is empty. */
type Row = { readonly [Column in (typeof COLUMNS)[number]]?: string | number | null };

/**
 * Where a spreadsheet would begin a formula, or a way into one: at the beginning of the text, and behind what it may take for the end of a cell. In
 * Brazil and most of Europe that is a semicolon, in quotes or not, where the text does not begin with a quote.
 */
const FORMULA = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=[=+\-@])/g;

type Balance = {
  readonly record: 'OPENING' | 'CLOSING';
  readonly businessDate: string;
  readonly minor: number;
};

function csvWriter(): (part: StatementPart) => string {
  let dates: Statement['dates'] = { from: '', to: '' };
  return (part) => {
    switch (part.at) {
      case 'start':
        dates = part.statement.dates;
        return `\uFEFF${COLUMNS.join(',')}\r\n`;
      case 'account': {
        const { openingMinor, closingMinor, days } = part.account;
        const opening = balanceRow(part.account, {
          record: 'OPENING',
          businessDate: dates.from,
          minor: openingMinor,
        });
        // Where an account did not move no day says what it closed with.
        const closing = { record: 'CLOSING', businessDate: dates.to, minor: closingMinor } as const;
        return csvOf(days.length > 0 ? [opening] : [opening, balanceRow(part.account, closing)]);
      }
      case 'entries':
        return csvOf(part.entries.map(entryRow));
      case 'day-end': {
        const { businessDate, closingMinor: minor } = part.day;
        return csvOf([balanceRow(part.account, { record: 'CLOSING', businessDate, minor })]);
      }
      case 'day':
      case 'account-end':
      case 'end':
        return '';
    }
  };
}

function balanceRow({ accountId, currency }: Account, { record, businessDate, minor }: Balance): Row {
  return { record, accountId, businessDate, balance: decimalText(minor, currency), currency };
}

function entryRow({ direction, amountMinor, ...entry }: StatementEntryBody): Row {
  const minor = signedMinor({ direction, amountMinor });
  return { record: 'ENTRY', ...entry, amount: decimalText(minor, entry.currency) };
}

function csvOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => COLUMNS.map((column) => cellOf(column, row[column] ?? '')));
  return stringify(cells, { record_delimiter: '\r\n' });
}

function cellOf(column: (typeof COLUMNS)[number], value: string | number): string {
  const text = String(value);
  return AMOUNTS.has(column) ? text : text.replaceAll(FORMULA, "'");
}
