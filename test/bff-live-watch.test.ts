/**
 * Live changes of the page's back end over a real query API, on sockets: however many browsers watch a day, one question stands open; each browser is
 * there by its own right; and what a day does not show wakes nobody.
 */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MERCHANTS_CLAIM, ProviderKeys, TokenVerifier } from '@fluxo/identity';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EventStream } from '../bff/live/event-stream.ts';
import { LiveWatch } from '../bff/live/live-watch.ts';
import type { Session } from '../bff/sessions/session.ts';
import { QueryApi } from '../bff/upstreams/query-api.ts';
import { Upstream } from '../bff/upstreams/upstream.ts';
import { type ApiFixture, openApi } from '../query-api/api-fixture.ts';
import { aMerchant, dayOf } from '../query-api/views/view-fixtures.ts';
import { PageBrowser, type SeenEvent } from '../testing/page-browser.ts';
import { AUDIENCE, TokenIssuer } from '../testing/token-issuer.ts';

jest.setTimeout(120_000);

const place = { merchantId: 'm-1', date: '2026-03-01' };

let issuer: TokenIssuer;
let api: ApiFixture;
let upstream: Upstream;
let pages: Server;
let watch: LiveWatch | null;
/** The access token of each browser, by its name. */
const tokens = new Map<string, string>();
/** `minRevision` of every question that was held back, in order; and how many stood open at once. */
let waitedFor: number[];
let open: number;
let openMax: number;
let nowMs: () => number;

beforeEach(async () => {
  [waitedFor, open, openMax, watch, nowMs] = [[], 0, 0, null, Date.now];
  issuer = await TokenIssuer.start();
  const keys = new ProviderKeys(issuer.url, () => undefined);
  api = await openApi(null, new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys }));
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  upstream = new Upstream({
    title: 'query API',
    url: api.app.listeningOrigin,
    capacity: 100,
    timeLimitMs: 10_000,
  });
  api.app.server.prependListener('request', ({ url = '' }, response) => {
    const minRevision = url.match(/minRevision=(\d+)/)?.[1];
    if (minRevision === undefined) return;
    waitedFor.push(Number(minRevision));
    open += 1;
    openMax = Math.max(openMax, open);
    response.once('close', () => {
      open -= 1;
    });
  });
  pages = createServer((request, response) => void show(request.url ?? '', response)).listen(0, '127.0.0.1');
  await once(pages, 'listening');
});
afterEach(async () => {
  pages.closeAllConnections();
  pages.close();
  upstream.close();
  api.app.server.closeAllConnections(); // a question may stand open
  await Promise.all([issuer.goAway(), api.app.close()]);
});

/** On a busy machine the query API sheds a request now and then; that says nothing about what is tested here. */
async function answered<Value>(question: () => Promise<Value>): Promise<Value> {
  for (;;) {
    const answer = await question().catch(() => null);
    if (answer !== null) return answer;
    await sleep(50);
  }
}

/** The next event of this kind, and for a balance of this revision: a line may be stale in between, and be shown again what it had. */
async function next(
  events: AsyncGenerator<SeenEvent>,
  kind: SeenEvent['event'],
  revision?: number,
): Promise<SeenEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error('the line has ended');
    if (value.event === kind && (revision === undefined || value.id === String(revision))) return value;
  }
}

/** What the route does, for a browser whose name stands in the address. */
async function show(url: string, response: ServerResponse): Promise<void> {
  const name = url.slice(1);
  const balances = new QueryApi(upstream);
  const current = async (of: string) => ({ tokens: { access: tokens.get(of) } }) as Session;
  const token = tokens.get(name) ?? '';
  const first = {
    balance: await answered(() => balances.balance(token, place)),
    merchant: await answered(() => balances.merchant(token, 'm-1')),
  };
  const own =
    watch ??
    new LiveWatch(
      {
        place,
        sessions: { current },
        balances,
        nowMs: () => nowMs(),
        onIdle: () => undefined,
      },
      first,
    );
  watch = own;
  const stream = new EventStream(response, {});
  const watcher = { name, stream, shown: null };
  own.join(watcher, first);
  await stream.closed;
  own.leave(watcher);
}

const token = (merchantId = 'm-1') => issuer.token({ claims: { [MERCHANTS_CLAIM]: [merchantId] } });

async function line(name: string): Promise<AsyncGenerator<SeenEvent>> {
  tokens.set(name, await token());
  const browser = new PageBrowser(`http://127.0.0.1:${(pages.address() as AddressInfo).port}`);
  return browser.events(`/${name}`, AbortSignal.timeout(60_000));
}

async function asked(minRevision: number): Promise<void> {
  while (!waitedFor.includes(minRevision)) await sleep(5);
}

describe('a watched day', () => {
  test('is one question for all browsers, and all of them see the change', async () => {
    const lines = await Promise.all(Array.from({ length: 20 }, (_, index) => line(`browser-${index}`)));
    await Promise.all(lines.map((each) => next(each, 'balance', 2)));
    for (const revision of [6, 7]) {
      await asked(revision);
      api.put({ businessDate: dayOf('2026-03-01'), revision });
      await Promise.all(lines.map((each) => next(each, 'balance', revision)));
    }
    expect(openMax).toBe(1);
    // Twenty browsers, two changes: each came out of one question.
    expect(waitedFor.filter((each) => each === 6).length).toBeLessThan(20);
  });

  test('is not woken by another day, and the next question waits for more than that', async () => {
    const own = await line('a');
    await own.next();
    await asked(6);
    api.put({ businessDate: dayOf('2026-03-04'), revision: 9 });
    await asked(10);
    api.put({ businessDate: dayOf('2026-03-01'), revision: 10 });
    await next(own, 'balance', 10);
    expect(waitedFor).not.toContain(9);
  });

  test('shows that it was closed, which gives its document no new revision', async () => {
    const own = await line('a');
    await own.next();
    await asked(6);
    api.memory.applyMerchant(aMerchant({ revision: 6, closedThrough: dayOf('2026-03-01') }));
    for (;;) {
      const { data } = await next(own, 'balance', 2);
      if ('balance' in data && data.balance.status === 'CLOSED') break;
    }
    expect(waitedFor).toContain(6);
  });

  test('shows a document that comes after something newer of its merchant', async () => {
    const own = await line('a');
    await own.next();
    await asked(6);
    api.memory.applyMerchant(aMerchant({ revision: 7 }));
    await asked(8);
    api.put({ businessDate: dayOf('2026-03-01'), revision: 6 });
    expect(await next(own, 'balance', 6)).toMatchObject({ data: { balance: { revision: 6 } } });
  });
});

test('whoever has lost the right is let go, and the others stay', async () => {
  const [loses, keeps] = [await line('loses'), await line('keeps')];
  await Promise.all([loses.next(), keeps.next()]);
  tokens.set('loses', await token('m-2'));
  await expect(next(loses, 'today')).rejects.toThrow('the line has ended');
  api.put({ businessDate: dayOf('2026-03-01'), revision: 6 });
  expect(await next(keeps, 'balance', 6)).toMatchObject({ data: { balance: { merchantId: 'm-1' } } });
});

test('a new business day is said when it begins', async () => {
  // In Sao Paulo a day of this merchant begins at 04:00, which is 07:00 in UTC.
  const startsMs = Date.UTC(2026, 2, 2, 7);
  nowMs = () => startsMs - 100;
  const own = await line('a');
  await next(own, 'balance');
  nowMs = () => startsMs;
  expect(await next(own, 'today')).toEqual({ event: 'today', data: { today: '2026-03-02' }, id: null });
});

test('a browser that was away when the day changed is told so when it comes back, before any figure', async () => {
  const startsMs = Date.UTC(2026, 2, 2, 7);
  nowMs = () => startsMs - 100;
  const stays = await line('stays');
  expect((await stays.next()).value).toMatchObject({ event: 'today', data: { today: '2026-03-01' } });
  nowMs = () => startsMs;
  await next(stays, 'today');
  const back = await line('back');
  expect((await back.next()).value).toMatchObject({ event: 'today', data: { today: '2026-03-02' } });
});
