/**
 * POST /auth/logout ends the session here and what the provider gave for it. The answer says where the browser goes to end its session
 * at the provider too; while the provider cannot be asked, that is the page.
 */
import type { SignedOutBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { takeSession } from '../cookies.ts';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { noQuery } from './parameters.ts';

export function signOutRoute(app: FastifyInstance, { sessions, provider }: Services): void {
  app.post('/auth/logout', { schema: { querystring: noQuery } }, async (request, reply) => {
    const { name, session } = signedInOf(request);
    await sessions.end(name, session);
    takeSession(reply);
    const continueAt = await provider.endAddress().catch(() => '/');
    return reply.send({ continueAt } satisfies SignedOutBody);
  });
}
