/**
 * A statement as OFX 1.02 (Open Financial Exchange, the SGML form), which banks' customers load into bookkeeping programs. One statement per
 * account: its entries, and the balance after the last day as the ledger balance. Text is windows-1252, the only code page that all
 * readers of 1.02 know; a character it lacks becomes a question mark. OFX has no opening balance: it is the closing one less what is
 * listed. FITID names an entry for ever: merchant and place in the ledger, whatever file it stands in. A statement that breaks off lacks its closing tags.
 */

import { decimalText } from '@fluxo/domain';
import type { StatementEntryBody } from '@fluxo/schemas';
import { cut, fittedId, wordsOf } from './short-text.ts';
import { signedMinor } from './signed-minor.ts';
import type { Account, Statement, StatementPart } from './statement.ts';
import { type StatementForm, textual } from './statement-form.ts';
import { windows1252 } from './windows-1252.ts';

const write = textual(ofxWriter);

export const ofxForm: StatementForm = {
  mediaType: 'application/x-ofx',
  contentType: 'application/x-ofx; charset=windows-1252',
  extension: 'ofx',
  entriesMax: null,
  write: async function* (parts) {
    for await (const text of write(parts)) yield windows1252(String(text));
  },
};

const HEADER = `OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

`;

/** Lengths of OFX 1.02: section 11.3.1 of its specification for accounts, 11.4.2.3 for transactions. */
const LENGTHS = { bankId: 9, accountId: 22, name: 32, memo: 255, checkNumber: 12 } as const;

/** What a program may sort entries by; whatever is not here is plainly CREDIT or DEBIT. */
const TYPES: Readonly<Record<string, string>> = {
  FEE: 'FEE',
  TRANSFER: 'XFER',
  CASH_IN: 'DEP',
  CASH_OUT: 'CASH',
};

function ofxWriter(): (part: StatementPart) => string {
  let statement: Statement;
  return (part) => {
    switch (part.at) {
      case 'start':
        statement = part.statement;
        return HEADER.replaceAll('\n', '\r\n') + lines('<OFX>', signOn(statement), '<BANKMSGSRSV1>');
      case 'account':
        return lines(accountStart(statement, part.account));
      case 'entries':
        return lines(...part.entries.map((entry) => transaction(statement.merchantId, entry)));
      case 'account-end':
        return lines(accountEnd(statement, part.account));
      case 'end':
        return lines('</BANKMSGSRSV1>', '</OFX>');
      case 'day':
      case 'day-end':
        return '';
    }
  };
}

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\r\n`).join('');
}

const STATUS = '<STATUS><CODE>0<SEVERITY>INFO</STATUS>';

/** Its time is that of the last record, so that the same statement is the same bytes. */
function signOn({ asOf }: Statement): string {
  return `<SIGNONMSGSRSV1><SONRS>${STATUS}<DTSERVER>${moment(asOf.recordedAt)}<LANGUAGE>POR</SONRS></SIGNONMSGSRSV1>`;
}

function accountStart({ merchantId, dates }: Statement, { accountId, currency }: Account): string {
  const bankId = fittedId(merchantId, LENGTHS.bankId);
  const account = fittedId(accountId, LENGTHS.accountId);
  return `<STMTTRNRS><TRNUID>0${STATUS}<STMTRS><CURDEF>${currency}<BANKACCTFROM><BANKID>${bankId}<ACCTID>${account}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>${noon(dates.from)}<DTEND>${noon(dates.to)}`;
}

function accountEnd({ dates }: Statement, { closingMinor, currency }: Account): string {
  return `</BANKTRANLIST><LEDGERBAL><BALAMT>${decimalText(closingMinor, currency)}<DTASOF>${noon(dates.to)}</LEDGERBAL></STMTRS></STMTTRNRS>`;
}

/** Posted on its business date; when it happened is the user's date. */
function transaction(merchantId: string, entry: StatementEntryBody): string {
  const type = TYPES[entry.kind] ?? entry.direction;
  const amount = decimalText(signedMinor(entry), entry.currency);
  const memo = escaped(cut(oneLine(wordsOf(entry)), LENGTHS.memo));
  const name = escaped(cut(`${entry.kind} ${entry.paymentMethod}`, LENGTHS.name));
  return `<STMTTRN><TRNTYPE>${type}<DTPOSTED>${noon(entry.businessDate)}<DTUSER>${moment(entry.occurredAt)}<TRNAMT>${amount}<FITID>${merchantId}-${entry.ledgerSeq}<NAME>${name}${memo === '' ? '' : `<MEMO>${memo}`}</STMTTRN>`;
}

/** A day as an instant that is on it in nearly every zone: readers make it their own time, and midnight would slip to the day before. */
function noon(date: string): string {
  return `${date.replaceAll('-', '')}120000[0:GMT]`;
}

function moment(instant: string): string {
  return `${instant.slice(0, 19).replaceAll(/[-T:]/g, '')}[0:GMT]`;
}

/** SGML has no other characters of its own in text. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A line's end would end the element, and no control has a meaning here. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
