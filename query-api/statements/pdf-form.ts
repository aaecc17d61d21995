/**
 * A statement as PDF, to print and to keep: a page or more for each account, day by day, in Portuguese with English beside it. For people, so
 * there is an end to it: beyond so many entries nobody reads it, and programs have the other forms. Pages are written as they fill; what stays
 * in memory of a finished one is where it stands in the file. A file that breaks off has no trailer, and no reader opens it as whole.
 */
import { setImmediate } from 'node:timers/promises';
import { decimalText } from '@fluxo/domain';
import type { StatementEntryBody } from '@fluxo/schemas';
// oxlint-disable-next-line import/no-named-as-default -- its types know no other export
import PDFDocument from 'pdfkit';
import { PdfSheet } from './pdf-sheet.ts';
import { wordsOf } from './short-text.ts';
import { signedMinor } from './signed-minor.ts';
import type { Account, Statement, StatementPart, StatementParts } from './statement.ts';
import type { StatementForm } from './statement-form.ts';

/** Some 180 pages. */
const ENTRIES_MAX = 10_000;

/** Drawn without a pause: other requests wait for no more than these. */
const ROWS_AT_ONCE = 20;

export const pdfForm: StatementForm = {
  mediaType: 'application/pdf',
  contentType: 'application/pdf',
  extension: 'pdf',
  entriesMax: ENTRIES_MAX,
  write,
};

async function* write(parts: StatementParts): AsyncGenerator<Uint8Array> {
  const first = (await parts.next()).value as StatementPart & { at: 'start' };
  const document = documentOf(first.statement);
  const draw = drawer(new PdfSheet(document), first.statement);
  for await (const part of parts)
    for (const piece of piecesOf(part)) {
      draw(piece);
      yield* written(document);
      await setImmediate();
    }
  document.end();
  for await (const chunk of document) yield chunk as Uint8Array;
}

/** Dated by its last record: the same statement is the same file. */
function documentOf({ name, merchantId, dates, asOf }: Statement): PDFKit.PDFDocument {
  return new PDFDocument({
    size: 'A4',
    margin: 40,
    autoFirstPage: false,
    info: {
      Title: `Extrato ${name} (${merchantId}) ${dates.from} – ${dates.to}`,
      Creator: 'Fluxo',
      CreationDate: new Date(asOf.recordedAt),
    },
  });
}

/** What the document has written so far and nobody has taken. */
function* written(document: PDFKit.PDFDocument): Generator<Uint8Array> {
  for (;;) {
    const chunk = document.read() as Uint8Array | null;
    if (chunk === null) return;
    yield chunk;
  }
}

function* piecesOf(part: StatementPart): Generator<StatementPart> {
  if (part.at !== 'entries') yield part;
  else
    for (let place = 0; place < part.entries.length; place += ROWS_AT_ONCE)
      yield { ...part, entries: part.entries.slice(place, place + ROWS_AT_ONCE) };
}

function drawer(sheet: PdfSheet, statement: Statement): (part: StatementPart) => void {
  return (part) => {
    switch (part.at) {
      case 'account':
        return drawAccount(sheet, statement, part.account);
      case 'day':
        return sheet.heading(
          `${part.day.businessDate}  ${part.day.status === 'CLOSED' ? 'fechado / closed' : 'aberto / open'}`,
        );
      case 'entries':
        for (const entry of part.entries) sheet.row(cellsOf(entry));
        return;
      case 'day-end':
        return sheet.balance(
          'Saldo final / Closing balance',
          decimalText(part.day.closingMinor, part.account.currency),
        );
      case 'account-end':
        if (part.account.days.length > 0) return;
        return sheet.balance(
          'Sem lançamentos / No entries',
          decimalText(part.account.closingMinor, part.account.currency),
        );
      case 'start':
      case 'end':
        return;
    }
  };
}

function drawAccount(sheet: PdfSheet, { name, merchantId, dates, asOf }: Statement, account: Account): void {
  sheet.newAccount([
    `Extrato / Statement  ${name} (${merchantId})`,
    `Conta / Account  ${account.name} (${account.accountId}), ${account.currency}`,
    `${dates.from} – ${dates.to}, até o lançamento / up to ledgerSeq ${asOf.ledgerSeq}`,
  ]);
  sheet.balance('Saldo inicial / Opening balance', decimalText(account.openingMinor, account.currency));
}

function cellsOf(entry: StatementEntryBody): readonly [string, string, string, string] {
  const amount = decimalText(signedMinor(entry), entry.currency);
  return [String(entry.ledgerSeq), `${entry.kind} ${entry.paymentMethod}`, wordsOf(entry), amount];
}
