/**
 * A change of a day, over HTTP: which answers take the place of what was shown, where query APIs answer in turn that are not equally far. And
 * how far a list of entries goes, which is read from another place than balances.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { QueryApi } from './query-api.ts';
import { Upstream } from './upstream.ts';

let server: Server;
let upstream: Upstream;
let answer: { readonly head: number | null; readonly revision: number; readonly etag: string };

beforeEach(async () => {
  server = createServer((_, response) => {
    const { head, revision, etag } = answer;
    const ofMerchant = head === null ? {} : { 'x-fluxo-head': head };
    response.writeHead(200, { etag, ...ofMerchant, 'x-fluxo-revision': revision });
    response.end(JSON.stringify({ revision }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream = new Upstream({ title: 'query API', url, capacity: 1, timeLimitMs: 5_000 });
});
afterEach(async () => {
  upstream.close();
  server.close();
  await once(server, 'close');
});

test.each([
  { what: 'something new', head: 8, revision: 8, etag: '"new"', isShown: true, next: 8 },
  { what: 'a document below what came first', head: 7, revision: 6, etag: '"new"', isShown: true, next: 7 },
  {
    what: 'another status at the same revisions',
    head: 7,
    revision: 5,
    etag: '"new"',
    isShown: true,
    next: 7,
  },
  { what: 'an API that is behind', head: 6, revision: 6, etag: '"new"', isShown: false, next: 7 },
  {
    what: 'an API that is behind with this document only',
    head: 8,
    revision: 4,
    etag: '"old"',
    isShown: false,
    next: 8,
  },
])('$what', async ({ isShown, next, ...given }) => {
  answer = given;
  const api = new QueryApi(upstream);
  const shown = { etag: '"shown"', head: 7, balance: { revision: 5 } };
  const { head, balance } = await api.change('a.b.c', { merchantId: 'm-1', date: '2026-03-01' }, shown);
  expect([balance !== null, head]).toEqual([isShown, next]);
});

test('a list of entries says how far it knows the ledger', async () => {
  answer = { head: null, revision: 6, etag: '"list"' };
  const api = new QueryApi(upstream);
  const latest = await api.latestEntries('a.b.c', { merchantId: 'm-1', date: '2026-03-01' });
  const found = await api.entries('a.b.c', 'm-1', '?limit=2');
  expect([latest.head, found.head]).toEqual([6, 6]);
});
