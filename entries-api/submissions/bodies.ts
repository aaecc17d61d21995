/**
 * From the body of a request, whose form its schema has vouched for, to the fields of its record; with the checks that need nothing but
 * the body: dates that exist, currencies there are, a direction that fits its kind, two accounts that are two.
 */
import { DIRECTION_OF, type EntryKind, isCurrency, isZoneName } from '@fluxo/domain';
import { parseDate, parseInstant } from '@fluxo/schemas';
import { invalidBody, invalidParameter } from '../problems.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function entryFields(merchantId: string, body: Fields): Fields {
  demandCurrency(body, '');
  const expected = DIRECTION_OF[body['kind'] as EntryKind];
  if (expected !== null && expected !== body['direction'])
    throw invalidBody('/direction', `must be ${expected} for this kind`);
  return { merchantId, description: null, externalId: null, ...body, ...occurrence(body) };
}

export function transferFields(merchantId: string, body: Fields): Fields {
  demandCurrency(body, '');
  if (body['fromAccountId'] === body['toAccountId'])
    throw invalidBody('/toAccountId', 'is the account the money comes from');
  return { merchantId, description: null, ...body, ...occurrence(body) };
}

export function reversalFields(merchantId: string, reversesEntryId: string, body: Fields): Fields {
  return { merchantId, reversesEntryId, ...body, ...occurrence(body) };
}

export function dayCloseFields(merchantId: string, date: string, body: Fields): Fields {
  return { merchantId, counts: [], ...body, businessDate: dateInPath(date) };
}

export function dayReopenFields(merchantId: string, date: string, body: Fields): Fields {
  return { merchantId, ...body, businessDate: dateInPath(date) };
}

export function settingsFields(merchantId: string, body: Fields): Fields {
  if (!isZoneName(String(body['zone'])))
    throw invalidBody('/zone', 'is no name of the tz database, such as America/Sao_Paulo');
  const accounts = body['accounts'] as readonly Fields[];
  for (const [place, account] of accounts.entries()) {
    demandCurrency(account, `/accounts/${place}`);
    const isKnown = accounts.slice(0, place).some((other) => other['accountId'] === account['accountId']);
    if (isKnown) throw invalidBody(`/accounts/${place}/accountId`, 'is there twice');
  }
  const effectiveFrom = parseDate(String(body['effectiveFrom']));
  if (effectiveFrom === null) throw invalidBody('/effectiveFrom', 'is no date that exists');
  return { merchantId, ...body, effectiveFrom };
}

function demandCurrency(body: Fields, at: string): void {
  if (!isCurrency(String(body['currency'])))
    throw invalidBody(`${at}/currency`, 'is no currency that there is');
}

/** The instant in epoch milliseconds. */
function occurrence(body: Fields): Fields {
  const occurredAt = parseInstant(String(body['occurredAt']));
  if (occurredAt === null) throw invalidBody('/occurredAt', 'is no instant that exists');
  return { occurredAt };
}

function dateInPath(text: string): number {
  const date = parseDate(text);
  if (date !== null) return date;
  throw invalidParameter({
    in: 'path',
    parameter: 'date',
    detail: 'must be a date that exists, as YYYY-MM-DD',
  });
}
