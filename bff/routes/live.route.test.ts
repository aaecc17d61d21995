/** Lines to browsers that leave before anything was shown to them: no place stays taken, and nobody is asked for on their behalf. */
import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { LiveWatches } from '../live/live-watches.ts';
import type { Services } from '../services.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { QueryApi } from '../upstreams/query-api.ts';
import { liveRoute } from './live.route.ts';

const session = { tokens: { access: 'a.b.c' } };

let app: FastifyInstance;
let live: LiveWatches;
/** Questions for changes that were asked for a watcher. */
let changesAsked: number;
/** Has the query API answer what a line begins with. */
let answer: () => void;

beforeEach(async () => {
  changesAsked = 0;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const balances = {
    balance: () => answered.then(() => ({ balance: { revision: 1 }, freshness: {}, etag: '"1"', head: 1 })),
    merchant: async () => ({
      calendar: [{ effectiveFrom: '2024-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 }],
    }),
    change: async () => {
      changesAsked += 1;
      await sleep(50);
      return { head: 1, balance: null };
    },
  } as unknown as QueryApi;
  const store = { read: async () => session } as unknown as SessionStore;
  const sessions = { current: async () => session } as unknown as Sessions;
  live = new LiveWatches({ store, sessions, balances, nowMs: Date.now });
  app = fastify();
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request) => Object.assign(request, { signedIn: { name: 'one', session } }));
  liveRoute(app, { balances, live } as unknown as Services);
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  live.close();
  app.server.closeAllConnections();
  await app.close();
});

test('a browser that leaves while the first answer is awaited gives its place back', async () => {
  const { port } = app.server.address() as AddressInfo;
  const arrived = once(app.server, 'request') as Promise<[unknown, NodeJS.EventEmitter]>;
  const browser = get({ port, host: '127.0.0.1', path: '/api/live/m-1/2026-03-01', agent: false });
  browser.on('error', () => undefined);
  const [, response] = await arrived;
  const gone = once(response, 'close');
  while (live.count === 0) await sleep(5);
  browser.destroy();
  await gone;
  answer();
  for (let looks = 0; live.count > 0 && looks < 100; looks += 1) await sleep(5);
  expect([live.count, changesAsked]).toEqual([0, 0]);
});
