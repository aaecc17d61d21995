/**
 * What the page's back end does while a neighbour is gone, one after the other on a whole stack: it says what it cannot show, shows the rest, lets
 * nobody in whom it cannot name, and is itself again when the neighbour is back. The table in docs/ARCHITECTURE.md is this test in words.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DayPageBody, ProblemBody, SessionBody } from '@fluxo/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { PageBrowser } from '../../testing/page-browser.ts';
import { openShops } from '../../testing/shops.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { nextEvent } from './bff-scene.ts';

jest.setTimeout(300_000);

/** The same in every repetition: an Idempotency-Key stands for one body. */
const occurredAt = new Date().toISOString();

let stack: TestStack;
let browser: PageBrowser;
let day: DayPageBody;

beforeAll(async () => {
  stack = await startStack({ signIn: true });
  await openShops(stack);
});
afterAll(() => stack.destroy());

beforeEach(async () => {
  browser = new PageBrowser(stack.addresses.bff);
  await browser.signIn('owner');
  day = (await browser.get<DayPageBody>('/api/day/sim-0001/today')).body;
});

/** Asks until the answer has this status: circuits close again, and views load, in their own time. */
async function until(status: number, path: string): Promise<void> {
  while ((await browser.get(path)).status !== status) await sleep(200);
}

async function refusal(path: string): Promise<readonly [number, string, string | null]> {
  const answer = await browser.send(path);
  const { code } = (await answer.json()) as ProblemBody;
  return [answer.status, code, answer.headers.get('retry-after')];
}

const enter = (key: string) =>
  browser.command('POST', '/api/merchants/sim-0001/entries', {
    headers: { 'idempotency-key': key },
    body: {
      entryId: key,
      accountId: day.merchant.accounts[0]?.accountId,
      direction: 'CREDIT',
      kind: 'SALE',
      paymentMethod: 'PIX',
      amountMinor: 1,
      currency: day.merchant.accounts[0]?.currency,
      occurredAt,
    },
  });

const stateOf = async (id: string) =>
  (await browser.get<{ state?: string }>(`/api/merchants/sim-0001/submissions/${id}`)).body.state;

async function posted(id: string): Promise<void> {
  for (let state = await stateOf(id); state !== 'posted'; state = await stateOf(id)) {
    expect(state).not.toBe('rejected');
    await sleep(100);
  }
}

const UNAVAILABLE = [503, 'upstream-unavailable', '1'];

describe('the page, while a neighbour is gone', () => {
  test('query API: the session stands, commands are accepted, figures are missing and said to be', async () => {
    const over = new AbortController();
    const line = browser.events(`/api/live/sim-0001/${day.today}`, over.signal);
    await nextEvent(line, 'balance');
    await stack.stop('query-api');
    expect(await nextEvent(line, 'stale')).toMatchObject({ data: { code: 'upstream-unavailable' } });
    for (const path of [
      '/api/day/sim-0001/today',
      '/api/month/sim-0001/2026-11',
      '/api/entries/sim-0001',
      `/api/live/sim-0001/${day.today}`,
    ])
      expect([path, await refusal(path)]).toEqual([path, UNAVAILABLE]);
    const { status, body } = await browser.get<SessionBody>('/api/session');
    expect([status, body.merchants.map(({ name }) => name)]).toEqual([200, [null, null, null]]);
    const id = crypto.randomUUID();
    expect((await enter(id)).status).toBe(202);
    await posted(id);
    await stack.start('query-api');
    await nextEvent(line, 'balance');
    await until(200, '/api/day/sim-0001/today');
    over.abort();
  });

  test('entries API: everything is shown, nothing is entered, and the same key goes through afterwards', async () => {
    await stack.stop('entries-api');
    const id = crypto.randomUUID();
    const refused = await enter(id);
    expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual(UNAVAILABLE);
    expect((await browser.get('/api/day/sim-0001/today')).status).toBe(200);
    await stack.start('entries-api');
    for (;;) {
      const { status } = await enter(id);
      if (status === 202) break;
      expect(status).toBe(503);
      await sleep(200);
    }
    await posted(id);
  });

  test('Redis: nobody is let in and nobody is taken for signed out; afterwards everybody signs in anew', async () => {
    const over = new AbortController();
    const line = browser.events(`/api/live/sim-0001/${day.today}`, over.signal);
    await nextEvent(line, 'balance');
    await stack.stop('redis');
    const unavailable = [503, 'session-unavailable', '1'];
    for (const path of ['/api/session', '/api/day/sim-0001/today', '/auth/login'])
      expect([path, await refusal(path)]).toEqual([path, unavailable]);
    expect((await enter(crypto.randomUUID())).status).toBe(503);
    expect(await nextEvent(line, 'stale')).toMatchObject({ data: { code: 'session-unavailable' } });
    expect((await fetch(`${stack.addresses.bff}/readyz`)).status).toBe(503);
    expect((await fetch(`${stack.addresses.bff}/livez`)).status).toBe(200);
    await stack.start('redis');
    // This Redis keeps nothing, so the sessions are gone, and the line with them.
    await until(401, '/api/session');
    expect((await line.next()).done).toBe(true);
    await browser.signIn('owner');
    expect((await browser.get('/api/day/sim-0001/today')).status).toBe(200);
    over.abort();
  });

  test('sign-in provider: who is signed in stays so, nobody signs in, and signing out works', async () => {
    await stack.stop('identity');
    expect((await browser.get('/api/day/sim-0001/today')).status).toBe(200);
    const id = crypto.randomUUID();
    expect((await enter(id)).status).toBe(202);
    const other = new PageBrowser(stack.addresses.bff);
    const answer = await other.send('/auth/login');
    // What the provider says of itself is known by now: the browser is sent to a door that is shut.
    expect(answer.status).toBe(302);
    const { status, body } = await browser.command('POST', '/auth/logout');
    expect([status, body]).toMatchObject([200, { continueAt: expect.any(String) }]);
    expect((await browser.get('/api/session')).status).toBe(401);
    await stack.stop('bff');
    await stack.start('bff');
    const early = await other.send('/auth/login');
    expect([early.status, ((await early.json()) as ProblemBody).code]).toEqual([503, 'sign-in-unavailable']);
    await stack.start('identity');
    expect((await browser.signIn('owner')).pathname).toBe('/');
  });

  test('Postgres: figures are shown, entries are missing in their section, nothing is entered', async () => {
    await stack.stop('postgres');
    expect(day.entries.state).toBe('ok');
    // So often that circuits open: that of the ledger must not be that of the balances.
    for (let count = 0; count < 12; count += 1) {
      const { status, body } = await browser.get<DayPageBody>('/api/day/sim-0001/today');
      expect([status, body.balance, body.entries.state]).toEqual([200, day.balance, 'unavailable']);
    }
    expect(await refusal('/api/entries/sim-0001')).toEqual(UNAVAILABLE);
    expect((await enter(crypto.randomUUID())).status).toBe(503);
    await stack.start('postgres');
    const id = crypto.randomUUID();
    while ((await enter(id)).status !== 202) await sleep(200);
    await until(200, '/api/entries/sim-0001');
  });

  test('Kafka: what is there is shown, and what is entered is accepted and counts later', async () => {
    await stack.stop('kafka');
    expect((await browser.get('/api/day/sim-0001/today')).status).toBe(200);
    const id = crypto.randomUUID();
    expect((await enter(id)).status).toBe(202);
    expect(await stateOf(id)).toBe('accepted');
    await stack.start('kafka');
    await posted(id);
  });
});
