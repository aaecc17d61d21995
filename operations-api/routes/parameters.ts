/** The parameters of the routes: their schemas (text that has the right form, or the request is refused) and what schemas cannot say. */
import { parseInstant } from '@fluxo/schemas';
import { invalidParameter } from '../problems.ts';

export const placeParamsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['place'],
  properties: {
    place: {
      type: 'string',
      pattern: '^[0-9]{1,4}-[0-9]{1,15}$',
      description: 'Partition and offset in the topic of rejections: 3-17.',
    },
  },
} as const;

export const merchantSchema = { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' } as const;

export const uuidSchema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
} as const;

export const noQuerySchema = { type: 'object', additionalProperties: false, properties: {} } as const;

export const rejectionsQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    code: { type: 'string', pattern: '^[a-z-]{1,64}$', description: 'Only those refused with this code.' },
    merchant: { ...merchantSchema, description: 'Only those of this merchant, by key or by value.' },
    since: {
      type: 'string',
      pattern:
        '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?(?:Z|[+-][0-9]{2}:[0-9]{2})$',
      description: 'Only those refused since this instant, RFC 3339 with an offset.',
    },
    limit: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,2}$',
      description: 'At most so many, up to 200; 50 if it is left out.',
    },
    cursor: {
      type: 'string',
      pattern: '^[0-9]{1,15}(?:\\.[0-9]{1,15}){0,999}$',
      description: 'nextCursor of the page before.',
    },
  },
} as const;

export type TrailsQuery = { readonly merchant: string; readonly submission?: string };
export type PlaceParams = { readonly place: string };
export type RejectionsQuery = {
  readonly code?: string;
  readonly merchant?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly cursor?: string;
};

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** Epoch milliseconds; null if none was named. Refuses instants that no calendar has. */
export function readSince({ since }: RejectionsQuery): number | null {
  if (since === undefined) return null;
  const ms = parseInstant(since);
  if (ms !== null) return ms;
  throw invalidParameter({ in: 'query', parameter: 'since', detail: 'must be an instant that exists' });
}

export function readLimit({ limit }: RejectionsQuery): number {
  const number = Number(limit ?? LIMIT_DEFAULT);
  if (number <= LIMIT_MAX) return number;
  throw invalidParameter({ in: 'query', parameter: 'limit', detail: `must be at most ${LIMIT_MAX}` });
}

/** By partition, the offset before which the page goes on; null: from the end. */
export function readCursor({ cursor }: RejectionsQuery): readonly number[] | null {
  return cursor === undefined ? null : cursor.split('.').map(Number);
}

export function cursorOf(ends: readonly number[] | null): string | null {
  return ends === null ? null : ends.join('.');
}
