/**
 * GET /auth/login?returnTo= sends the browser to the sign-in provider; GET /auth/callback is where it comes back to, and begins a session
 * under a new name, whatever the browser had before.
 */
import type { FastifyInstance } from 'fastify';
import { giveSession, giveSignIn, sessionNameOf, signInNameOf, takeSignIn } from '../cookies.ts';
import { invalidParameter, Problem } from '../problems.ts';
import type { Services } from '../services.ts';
import { newName } from '../sessions/session-store.ts';
import { asPage } from '../sign-in/refusal-page.ts';
import { localPath } from '../sign-in/return-to.ts';
import { queryOf } from './parameters.ts';

type LoginRoute = { Querystring: { readonly returnTo?: string } };

export function signInRoutes(app: FastifyInstance, { store, sessions, provider }: Services): void {
  app.get<LoginRoute>(
    '/auth/login',
    { schema: { querystring: queryOf(['returnTo']) }, onSend: asPage },
    async (request, reply) => {
      const returnTo = localPath(request.query.returnTo ?? '/');
      if (returnTo === null)
        throw invalidParameter({
          in: 'query',
          parameter: 'returnTo',
          detail: 'must be a path on this site',
        });
      const { address, transaction } = await provider.begin(returnTo);
      const name = newName();
      await store.beginSignIn(name, transaction);
      giveSignIn(reply, name);
      return reply.header('cache-control', 'no-store').redirect(address.href, 302);
    },
  );

  app.get('/auth/callback', { onSend: asPage }, async (request, reply) => {
    const name = signInNameOf(request);
    const transaction = name === null ? null : await store.takeSignIn(name);
    if (transaction === null) throw signInUnknown();
    takeSignIn(reply);
    const signedIn = await provider.finish(queryTextOf(request.url), transaction);
    const former = sessionNameOf(request);
    giveSession(reply, await sessions.begin(signedIn));
    if (former !== null) await sessions.forget(former);
    return reply.header('cache-control', 'no-store').redirect(transaction.returnTo, 302);
  });
}

/** As it came: what the provider's answer means is for the library to say. */
function queryTextOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

function signInUnknown(): Problem {
  return new Problem(
    'sign-in-invalid',
    'No sign-in is under way in this browser, or it was used before. Nobody was signed in; go back to the page and sign in again.',
  );
}
