/**
 * The gate before the routes registered after it on the same Fastify instance: a session, and for everything that is not a GET also the
 * page's own Origin and the session's CSRF token. Each of the last two would do; a browser's mistake or a foreign script must get past
 * both. It decides in `onRequest`, before a body is read.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sessionNameOf } from '../cookies.ts';
import { Problem, signedOut } from '../problems.ts';
import type { Session } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';

export type SignedInRequest = { readonly name: string; readonly session: Session };

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in, on routes behind the gate. */
    signedIn: SignedInRequest | null;
  }
}

export type GateOptions = {
  readonly sessions: Sessions;
  /** Scheme, host and port under which browsers know the page. */
  readonly origin: string;
};

export function registerSignedIn(app: FastifyInstance, { sessions, origin }: GateOptions): void {
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const changes = request.method !== 'GET' && request.method !== 'HEAD';
    if (changes && request.headers.origin !== origin) throw foreignOrigin();
    const name = sessionNameOf(request);
    if (name === null) throw signedOut();
    const session = await sessions.current(name);
    if (changes) demandToken(request, session.csrfToken);
    request.signedIn = { name, session };
  });
}

/** Who is signed in, in a route behind the gate. */
export function signedInOf({ signedIn }: FastifyRequest): SignedInRequest {
  if (signedIn === null) throw new Error('this route is not behind the gate');
  return signedIn;
}

function demandToken(request: FastifyRequest, expected: string): void {
  const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''));
  const wanted = Buffer.from(expected);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new Problem(
    'csrf-token-invalid',
    'The header X-CSRF-Token must be the csrfToken of GET /api/session. Nothing was done.',
  );
}

function foreignOrigin(): Problem {
  return new Problem('origin-foreign', 'Only the page itself may change something here. Nothing was done.');
}
