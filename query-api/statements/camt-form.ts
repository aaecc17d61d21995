/**
 * A statement as ISO 20022 camt.053.001.08 (bank to customer statement), one `Stmt` for each account and day on which it moved, because that is
 * how banks send them and what readers check: each opens (OPBD) with what the one before closed with (CLBD), and its entries lead
 * from one to the other. An account that did not move has one for the last day. Statement ids say what is in them: the same figures, the
 * same id, whenever and in whatever range it is asked for. The file lacks its end tags where the statement breaks off.
 */

import { decimalText } from '@fluxo/domain';
import type { StatementDayBody } from '@fluxo/schemas';
import { entryElement } from './camt-entry.ts';
import { cut, digestId, fittedId } from './short-text.ts';
import type { Account, Statement, StatementPart } from './statement.ts';
import { type StatementForm, textual } from './statement-form.ts';
import { element, textElement } from './xml-text.ts';

export const camtForm: StatementForm = {
  mediaType: 'application/xml',
  contentType: 'application/xml; charset=utf-8',
  extension: 'xml',
  entriesMax: null,
  write: textual(camtWriter),
};

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08';

/** Max34Text, Max35Text, Max70Text, Max140Text of the schema. */
const LENGTHS = { accountId: 34, id: 32, accountName: 70, ownerName: 140 } as const;

type Figures = Omit<StatementDayBody, 'status'>;

function camtWriter(): (part: StatementPart) => string {
  let statement: Statement;
  return (part) => {
    switch (part.at) {
      case 'start':
        statement = part.statement;
        return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${NAMESPACE}"><BkToCstmrStmt>${groupHeader(statement)}`;
      case 'account':
        return part.account.days.length > 0 ? '' : unmoved(statement, part.account);
      case 'day':
        return `\n<Stmt>${statementHead(statement, part.account, part.day)}`;
      case 'entries':
        return part.entries.map((entry) => `\n${entryElement(entry)}`).join('');
      case 'day-end':
        return `${standing(statement, part.day.status)}</Stmt>`;
      case 'account-end':
        return '';
      case 'end':
        return '\n</BkToCstmrStmt></Document>\n';
    }
  };
}

/** Made when its last record was: the same statement is the same bytes. */
function groupHeader({ merchantId, dates, asOf, accounts }: Statement): string {
  const ids = accounts.map(({ accountId }) => accountId);
  const id = digestId([merchantId, dates.from, dates.to, asOf.ledgerSeq, ...ids], LENGTHS.id);
  return element('GrpHdr', element('MsgId', id) + element('CreDtTm', asOf.recordedAt));
}

function unmoved(statement: Statement, account: Account): string {
  const { openingMinor, closingMinor } = account;
  const nothing = { creditsMinor: 0, debitsMinor: 0, creditCount: 0, debitCount: 0 };
  const day = { businessDate: statement.dates.to, openingMinor, closingMinor, ...nothing };
  return `\n${element('Stmt', statementHead(statement, account, day))}`;
}

function statementHead({ merchantId, name, asOf }: Statement, account: Account, day: Figures): string {
  const { businessDate, openingMinor, closingMinor } = day;
  const { accountId, currency } = account;
  const figures = [openingMinor, day.creditsMinor, day.debitsMinor, day.creditCount, day.debitCount];
  const id = digestId([merchantId, accountId, businessDate, ...figures], LENGTHS.id);
  return [
    element('Id', id),
    element('ElctrncSeqNb', dayNumber(businessDate)),
    element('CreDtTm', asOf.recordedAt),
    accountElement(account, name),
    balanceElement('OPBD', { businessDate, currency, minor: openingMinor }),
    balanceElement('CLBD', { businessDate, currency, minor: closingMinor }),
    summaryElement(day, currency),
  ].join('');
}

/** Days since 1970-01-01: grows from statement to statement of an account, and a day keeps its number. */
function dayNumber(businessDate: string): string {
  return String(Date.parse(businessDate) / 86_400_000);
}

function accountElement({ accountId, name, currency }: Account, owner: string): string {
  return element(
    'Acct',
    [
      element('Id', element('Othr', element('Id', fittedId(accountId, LENGTHS.accountId)))),
      element('Ccy', currency),
      textElement('Nm', cut(name, LENGTHS.accountName)),
      element('Ownr', textElement('Nm', cut(owner, LENGTHS.ownerName))),
    ].join(''),
  );
}

type Balance = { readonly businessDate: string; readonly currency: string; readonly minor: number };

function balanceElement(code: 'OPBD' | 'CLBD', { businessDate, currency, minor }: Balance): string {
  return element(
    'Bal',
    [
      element('Tp', element('CdOrPrtry', element('Cd', code))),
      `<Amt Ccy="${currency}">${decimalText(Math.abs(minor), currency)}</Amt>`,
      element('CdtDbtInd', minor < 0 ? 'DBIT' : 'CRDT'),
      element('Dt', element('Dt', businessDate)),
    ].join(''),
  );
}

function summaryElement(
  { creditsMinor, debitsMinor, creditCount, debitCount }: Figures,
  currency: string,
): string {
  const sum = (count: number, minor: number): string =>
    element('NbOfNtries', String(count)) + element('Sum', decimalText(minor, currency));
  return element(
    'TxsSummry',
    [
      element('TtlNtries', element('NbOfNtries', String(creditCount + debitCount))),
      element('TtlCdtNtries', sum(creditCount, creditsMinor)),
      element('TtlDbtNtries', sum(debitCount, debitsMinor)),
    ].join(''),
  );
}

/** Whether more may come to the day. */
function standing({ asOf }: Statement, status: StatementDayBody['status']): string {
  return textElement('AddtlStmtInf', `${status}, as of ledgerSeq ${asOf.ledgerSeq}`);
}
