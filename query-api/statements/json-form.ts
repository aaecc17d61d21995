/** A statement as JSON (`StatementBody` of schemas/http). Text that was broken off lacks its closing brace, so no parser takes it for whole. */
import type { StatementBody } from '@fluxo/schemas';
import type { Account, Statement, StatementPart } from './statement.ts';
import { type StatementForm, textual } from './statement-form.ts';

export const jsonForm: StatementForm = {
  mediaType: 'application/json',
  contentType: 'application/json; charset=utf-8',
  extension: null,
  entriesMax: null,
  write: textual(jsonWriter),
};

/** Knows of each list whether it has begun, for the commas. */
function jsonWriter(): (part: StatementPart) => string {
  const between = { account: '', day: '', entry: '' };
  const next = (list: keyof typeof between): string => {
    const comma = between[list];
    between[list] = ',';
    return comma;
  };
  return (part) => {
    switch (part.at) {
      case 'start':
        return `${unclosed(headOf(part.statement))},"accounts":[`;
      case 'account':
        between.day = '';
        return `${next('account')}${unclosed(accountHeadOf(part.account))},"days":[`;
      case 'day':
        between.entry = '';
        return `${next('day')}${unclosed(part.day)},"entries":[`;
      case 'entries':
        return part.entries.map((entry) => next('entry') + JSON.stringify(entry)).join('');
      case 'day-end':
      case 'account-end':
      case 'end':
        return ']}';
    }
  };
}

/** The object without its closing brace: its last list follows. */
function unclosed(value: object): string {
  return JSON.stringify(value).slice(0, -1);
}

function headOf({ merchantId, name, dates, asOf }: Statement): Omit<StatementBody, 'accounts'> {
  return { merchantId, name, from: dates.from, to: dates.to, asOf };
}

function accountHeadOf({ days: _days, ...head }: Account): Omit<Account, 'days'> {
  return head;
}
