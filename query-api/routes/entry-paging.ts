/** The parameters of a page of entries, and the cursor from one page to the next. */
import type { FastifyRequest } from 'fastify';
import type { Binding, Cursors } from '../cursors.ts';
import { invalidParameter } from '../problems.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

export const pagingProperties = {
  limit: {
    type: 'string',
    pattern: '^[1-9][0-9]{0,2}$',
    description: `Entries of a page, at most ${LIMIT_MAX}; ${LIMIT_DEFAULT} if it is left out.`,
  },
  cursor: {
    type: 'string',
    pattern: '^[A-Za-z0-9_-]{1,128}$',
    description: 'The nextCursor of the page before, of the same listing.',
  },
} as const;

export type PagingQuery = { readonly limit?: string; readonly cursor?: string };

export class Paging {
  readonly limit: number;
  /** Where the page begins: below this ledgerSeq; null: at the newest entry. */
  readonly before: number | null;
  readonly #cursors: Cursors;
  readonly #binding: Binding;

  /** `listing` says all that makes it this listing and no other. Throws `cursor-invalid`, and `parameter-invalid` for the limit. */
  constructor(request: FastifyRequest, cursors: Cursors, listing: Binding) {
    const { limit, cursor } = request.query as PagingQuery;
    this.#cursors = cursors;
    this.#binding = [request.caller?.subject ?? null, ...listing];
    this.limit = readLimit(limit);
    this.before = cursor === undefined ? null : cursors.open(this.#binding, cursor);
  }

  nextCursor(next: number | null): string | null {
    return next === null ? null : this.#cursors.seal(this.#binding, next);
  }
}

function readLimit(digits: string | undefined): number {
  const limit = Number(digits ?? LIMIT_DEFAULT);
  if (limit <= LIMIT_MAX) return limit;
  throw invalidParameter({ in: 'query', parameter: 'limit', detail: `must be at most ${LIMIT_MAX}` });
}
