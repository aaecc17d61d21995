/** Two sessions behind one address: each has its own share, and the address has one over all. */
import { afterEach, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import type { Session } from '../sessions/session.ts';
import { registerProblems } from './problems.plugin.ts';
import { limitPerSession, registerRateLimits } from './rate-limits.plugin.ts';

let app: FastifyInstance;
afterEach(() => app.close());

test('a session that asks too often waits, its neighbour does not, until the address has had its share', async () => {
  app = fastify();
  registerProblems(app, () => undefined);
  const limits = { perAddress: 6, perSession: 2 };
  await registerRateLimits(app, limits);
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request) => {
    request.signedIn = { name: String(request.headers['x-session']), session: {} as Session };
  });
  limitPerSession(app, limits);
  app.get('/api/session', async () => ({}));
  const ask = async (session: string) => {
    const { statusCode, headers } = await app.inject({
      url: '/api/session',
      headers: { 'x-session': session },
    });
    return [statusCode, Number(headers['retry-after'] ?? 0) > 0];
  };
  expect(await ask('a')).toEqual([200, false]);
  expect(await ask('a')).toEqual([200, false]);
  expect(await ask('a')).toEqual([429, true]);
  expect(await ask('b')).toEqual([200, false]);
  expect(await ask('b')).toEqual([200, false]);
  expect(await ask('c')).toEqual([200, false]);
  expect(await ask('d')).toEqual([429, true]);
});
