/**
 * The parameters the routes share: their schemas (a parameter is text that has the right form, or the request is refused; nothing
 * is coerced or dropped) and what schemas cannot say, such as that there is no 30 February.
 */
import { parseDate } from '@fluxo/schemas';
import { invalidBody, invalidParameter, Problem } from '../problems.ts';
import type { DateRange } from '../views/balance-view.ts';

/** The longest range, both ends included. */
const RANGE_DAYS_MAX = 400;

/** Where a value came from; in a body, as a property of it. */
type Place = 'path' | 'query' | 'body';

const merchantId = {
  type: 'string',
  pattern: '^[A-Za-z0-9._~-]{1,64}$',
  description: 'Letters, digits, ".", "_", "~" and "-", at most 64.',
} as const;

/** An id of an account; all ids have this form. */
export const accountIdSchema = { type: 'string', pattern: merchantId.pattern } as const;

/** A date of the form YYYY-MM-DD. */
export const dateSchema = { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' } as const;

const minRevision = {
  type: 'string',
  pattern: '^(0|[1-9][0-9]{0,15})$',
  description:
    'A revision of this merchant the caller has seen elsewhere. If it has not arrived yet, the answer waits for it, up to 2 seconds, and then shows what there is; x-fluxo-fresh says whether it arrived.',
} as const;

export const merchantParamsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['merchantId'],
  properties: { merchantId },
} as const;

export const minRevisionQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: { minRevision },
} as const;

/** For addresses of one day. */
export const dayParamsSchema = {
  ...merchantParamsSchema,
  required: ['merchantId', 'businessDate'],
  properties: { merchantId, businessDate: dateSchema },
} as const;

export type MerchantParams = { readonly merchantId: string };
export type DayParams = MerchantParams & { readonly businessDate: string };
export type RangeQuery = { readonly from: string; readonly to: string };
export type MinRevisionQuery = { readonly minRevision?: string };

/** Days since 1970-01-01; refuses dates that no calendar has. */
export function readDate(place: Place, parameter: string, text: string): number {
  const date = parseDate(text);
  if (date !== null) return date;
  const detail = 'must be a date that exists, as YYYY-MM-DD';
  if (place === 'body') throw invalidBody({ pointer: `/${parameter}`, detail });
  throw invalidParameter({ in: place, parameter, detail });
}

/** Days since 1970-01-01, both included, at most 400 of them. */
export function readRange(place: 'query' | 'body', range: RangeQuery): DateRange {
  const from = readDate(place, 'from', range.from);
  const to = readDate(place, 'to', range.to);
  if (from > to) throw rangeInvalid(place, 'must not be before "from"');
  if (to - from >= RANGE_DAYS_MAX)
    throw rangeInvalid(place, `must be less than ${RANGE_DAYS_MAX} days after "from"; ask in several ranges`);
  return { from, to };
}

function rangeInvalid(place: 'query' | 'body', detail: string): Problem {
  if (place === 'body')
    return new Problem('range-invalid', `"/to" in the body ${detail}.`, {
      errors: [{ in: place, pointer: '/to', detail }],
    });
  return new Problem('range-invalid', `The query parameter "to" ${detail}.`, {
    errors: [{ in: place, parameter: 'to', detail }],
  });
}

/** The revision to wait for; 0 if none was named. */
export function readMinRevision(query: MinRevisionQuery): number {
  const revision = Number(query.minRevision ?? 0);
  if (!Number.isSafeInteger(revision))
    throw invalidParameter({
      in: 'query',
      parameter: 'minRevision',
      detail: 'must be at most 9007199254740991',
    });
  return revision;
}
