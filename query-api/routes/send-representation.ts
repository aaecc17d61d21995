/** Sends a representation with the headers every answer carries, or 304 if the caller has it already (RFC 9110, 13.1.2). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyRepresentation } from '../representations/body-representation.ts';
import type { Representation } from '../representations/representation.ts';
import type { Tier } from '../views/balance-view.ts';
import type { LedgerHead } from '../views/ledger-view.ts';

/** The headers of answers, for the OpenAPI document. */
export const answerHeaders = {
  etag: { type: 'string', description: 'Strong entity tag; send it back as If-None-Match.' },
  'x-fluxo-revision': { type: 'integer', description: 'The revision the answer shows.' },
  'x-fluxo-head': {
    type: 'integer',
    description:
      'The greatest revision of anything of the merchant; minRevision above it waits for the next change.',
  },
  'x-fluxo-recorded-at': {
    type: 'string',
    description: 'When that revision was recorded (RFC 3339); absent for revision 0.',
  },
  'x-fluxo-tier': {
    type: 'string',
    enum: ['memory', 'redis', 'dynamodb', 'postgres'],
    description: 'Which view answered.',
  },
  'x-fluxo-fresh': {
    type: 'string',
    enum: ['true', 'false'],
    description: 'false: minRevision had not arrived when the time to wait was over.',
  },
} as const;

/** Whether the caller's If-None-Match names this tag; weak and strong forms compare alike there. */
export function isMatch(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag) return true;
  return ifNoneMatch
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || each === etag || each === `W/${etag}`);
}

/** Where an answer came from: a view of the balances, or the ledger in Postgres. */
type Origin = {
  readonly tier: Tier | 'postgres';
  readonly isFresh: boolean;
  /** Of the merchant, where a view says it. */
  readonly head?: number;
};

export type Exchange = readonly [FastifyRequest, FastifyReply];

export function sendRepresentation(
  [request, reply]: Exchange,
  representation: Representation,
  { tier, isFresh, head }: Origin,
): FastifyReply {
  const { etag, recordedAt } = representation;
  reply
    .header('cache-control', 'no-cache')
    .header('etag', etag)
    .header('x-fluxo-revision', representation.revision)
    .header('x-fluxo-tier', tier)
    .header('x-fluxo-fresh', isFresh ? 'true' : 'false');
  if (head !== undefined) reply.header('x-fluxo-head', head);
  if (recordedAt !== null) reply.header('x-fluxo-recorded-at', recordedAt);
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined && isMatch(ifNoneMatch, etag)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(representation.body);
}

/** Sends what was read from the ledger up to `head`; no revision was waited for. */
export function sendFromLedger(exchange: Exchange, body: object, head: LedgerHead): FastifyReply {
  const { ledgerSeq: revision, recordedAt } = head;
  const representation = bodyRepresentation(body, { revision, recordedAt });
  return sendRepresentation(exchange, representation, { tier: 'postgres', isFresh: true });
}
