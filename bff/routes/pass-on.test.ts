/** What of a command reaches the API behind: a service on a real socket tells which headers it was asked with. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { Upstream } from '../upstreams/upstream.ts';
import { passOn } from './pass-on.ts';

test('a command goes on with its key and its body, and not with a wish to wait: that would keep a place from everybody else', async () => {
  const asked: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const accept = async (request: IncomingMessage, response: ServerResponse) => {
    asked.push({ headers: request.headers, body: Buffer.concat(await request.toArray()).toString() });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"state":"accepted"}');
  };
  const server = createServer((request, response) => void accept(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const upstream = new Upstream({ title: 'entries API', url, capacity: 1, timeLimitMs: 5_000 });
  const app = fastify();
  const signedIn = { name: 'one', session: { tokens: { access: 'a.b.c' } } };
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request) => Object.assign(request, { signedIn }));
  app.post('/entries', (request, reply) =>
    passOn(upstream, [request, reply], { method: 'POST', path: '/v1/entries', body: Buffer.from('{"a":1}') }),
  );
  const answer = await app.inject({
    method: 'POST',
    url: '/entries',
    headers: { 'idempotency-key': 'k-1', prefer: 'wait=10', cookie: 'session=s', 'x-other': 'o' },
    payload: { a: 1 },
  });
  expect([answer.statusCode, answer.body]).toEqual([202, '{"state":"accepted"}']);
  const [{ headers, body } = { headers: {}, body: '' }, ...others] = asked;
  expect([body, others]).toEqual(['{"a":1}', []]);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'idempotency-key': 'k-1',
    authorization: 'Bearer a.b.c',
  });
  for (const name of ['prefer', 'cookie', 'x-other'])
    expect([name, headers[name]]).toEqual([name, undefined]);
  upstream.close();
  await app.close();
  server.closeAllConnections();
  server.close();
});
