/** The parameters that routes share. Nothing is coerced, and nothing unknown is passed on. */
import { parseDate } from '@fluxo/schemas';
import { invalidParameter } from '../problems.ts';

/** `.` and `..` have the form of an id, but in the address of a service behind this one they would lead elsewhere. */
const merchantId = { type: 'string', pattern: '^(?!\\.{1,2}$)[A-Za-z0-9._~-]{1,64}$' } as const;
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;
const date = { type: 'string', pattern: '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$' } as const;

const params = <Properties extends object>(properties: Properties) =>
  ({ type: 'object', additionalProperties: false, required: Object.keys(properties), properties }) as const;

export const merchantParams = params({ merchantId });
export const entryParams = params({ merchantId, entryId: uuid });
export const submissionParams = params({ merchantId, submissionId: uuid });
export const dayParams = params({ merchantId, date });
/** Where a rejection stands: partition and offset. */
export const placeParams = params({ place: { type: 'string', pattern: '^[0-9]{1,4}-[0-9]{1,15}$' } });
export const dayOrTodayParams = params({
  merchantId,
  date: { type: 'string', pattern: `^today$|${date.pattern}` },
});
export const monthOrCurrentParams = params({
  merchantId,
  month: { type: 'string', pattern: '^current$|^20[0-9]{2}-(0[1-9]|1[0-2])$' },
});

export const noQuery = { type: 'object', additionalProperties: false, properties: {} } as const;

/** A query string of these parameters, each a text of at most 512 characters, or of so many: their forms are for the API to judge. */
export function queryOf(names: readonly string[], longer: Readonly<Record<string, number>> = {}) {
  const properties = Object.fromEntries(
    names.map((name) => [name, { type: 'string', maxLength: longer[name] ?? 512 }]),
  );
  return { type: 'object', additionalProperties: false, properties } as const;
}

/** Refuses dates that no calendar has. */
export function demandDate(text: string): string {
  if (parseDate(text) !== null) return text;
  throw invalidParameter({
    in: 'path',
    parameter: 'date',
    detail: 'must be a date that exists, as YYYY-MM-DD',
  });
}
