/** Sends a representation with the headers every answer carries, or 304 if the caller has it already (RFC 9110, 13.1.2). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Representation } from '../representations/representation.ts';
import type { Reading } from '../views/tiered-view.ts';

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
    enum: ['memory', 'redis', 'dynamodb'],
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

export function sendRepresentation(
  [request, reply]: readonly [FastifyRequest, FastifyReply],
  representation: Representation,
  reading: Pick<Reading<unknown>, 'head' | 'tier' | 'isFresh'>,
): FastifyReply {
  const { etag, recordedAt } = representation;
  reply
    .header('cache-control', 'no-cache')
    .header('etag', etag)
    .header('x-fluxo-revision', representation.revision)
    .header('x-fluxo-head', reading.head)
    .header('x-fluxo-tier', reading.tier)
    .header('x-fluxo-fresh', reading.isFresh ? 'true' : 'false');
  if (recordedAt !== null) reply.header('x-fluxo-recorded-at', recordedAt);
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined && isMatch(ifNoneMatch, etag)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(representation.body);
}
