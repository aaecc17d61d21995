/** What a session asks of the query API for a person with many merchants: their names, and room for everybody else. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionBody } from '@fluxo/schemas';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fastify from 'fastify';
import type { Services } from '../services.ts';
import { QueryApi } from '../upstreams/query-api.ts';
import { Upstream } from '../upstreams/upstream.ts';
import { getSessionRoute } from './get-session.route.ts';

const CAPACITY = 64;
const merchants = Array.from({ length: 40 }, (_, index) => `m-${index}`);
const session = { person: { id: 'p', name: 'Otávio' }, merchants, scopes: [], tokens: { access: 'a.b.c' } };

let server: Server;
let upstream: Upstream;

beforeEach(async () => {
  server = createServer(({ url = '' }, response) => {
    setTimeout(() => response.end(JSON.stringify({ name: `name of ${url.split('/').at(-1)}` })), 5);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream = new Upstream({ title: 'query API', url, capacity: CAPACITY, timeLimitMs: 5_000 });
});
afterEach(async () => {
  upstream.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

test('five owners at once learn the names of their first merchants, and leave room', async () => {
  const app = fastify();
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request) => Object.assign(request, { signedIn: { name: 'one', session } }));
  const balances = new QueryApi(upstream);
  getSessionRoute(app, { balances, operations: null } as unknown as Services);
  const owners = Array.from({ length: 5 }, () => app.inject('/api/session'));
  await once(server, 'request');
  expect(await balances.merchant('a.b.c', 'other')).toEqual({ name: 'name of other' });
  for (const answer of await Promise.all(owners)) {
    const names = answer.json<SessionBody>().merchants.map(({ name }) => name);
    expect(names.slice(0, 32)).toEqual(merchants.slice(0, 32).map((merchant) => `name of ${merchant}`));
    expect(names.slice(32)).toEqual(Array.from({ length: 8 }, () => null));
  }
  await app.close();
});
