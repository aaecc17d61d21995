/**
 * Row 16 of reliability.md section 3: many times more callers than either API can serve at once, who come back when they are told. Whoever is
 * not served is refused with 503 or 429 and a Retry-After; what is served stays at 80 % of what is served without the crowd, measured in the same
 * run; and when the crowd has gone all is as before within seconds. Needs the whole stack; the callers share its cores.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { EntriesLoad } from './entries-load.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const SECONDS = scaled({ quick: 3, short: 10, long: 120 });
/** As many as keep an API busy. */
const FEW = 64;
/** Three times as many as the entries API holds at once: 16 connections and 500 that wait for one. */
const MANY = 1_600;
const GOODPUT_MIN = 0.8;
const RETRY_AFTER_MS = 1_000;

const hits = new Hits(16, ['calls of the crowd', 'calls shed with Retry-After']);
let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
}, 300_000);
afterAll(async () => stack?.destroy(), 120_000);

type Answer = { readonly status: number; readonly hasRetryAfter: boolean };
type Call = () => Promise<Answer>;
type Flow = { good: number; readonly statuses: Set<number>; shed: number; silent: number };

function caller(url: string, agent: Agent, entry: object | null): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const body = entry === null ? '' : JSON.stringify(entry);
  const own = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
  const options = entry === null ? {} : { method: 'POST', headers: own };
  const sent = request(url, { agent, ...options }, (answer) => {
    answer.resume();
    const hasRetryAfter = answer.headers['retry-after'] !== undefined;
    answer.once('end', () => resolve({ status: answer.statusCode ?? 0, hasRetryAfter }));
  });
  sent.once('error', reject);
  sent.end(body);
  return promise;
}

/** So many call again and again for so long, waiting when they are told to. */
async function flow(call: Call, callers: number): Promise<Flow> {
  const flowed: Flow = { good: 0, statuses: new Set(), shed: 0, silent: 0 };
  const endMs = performance.now() + SECONDS * 1_000;
  const one = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const { status, hasRetryAfter } = await call();
      flowed.statuses.add(status);
      if (status < 300) flowed.good += 1;
      else if (!hasRetryAfter) flowed.silent += 1;
      else {
        flowed.shed += 1;
        await sleep(RETRY_AFTER_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  return flowed;
}

type Crowd = { readonly before: Flow; readonly during: Flow; readonly after: Flow };

/** Without the crowd, with it, and when it has gone; the first of all warms up. */
async function crowd(name: string, call: Call): Promise<Crowd> {
  await flow(call, FEW);
  const before = await flow(call, FEW);
  const during = await flow(call, MANY);
  const after = await flow(call, FEW);
  hits.count('calls of the crowd', during.good + during.shed);
  hits.count('calls shed with Retry-After', during.shed);
  hits.measure(
    `${name}: served with the crowd, as a part of what is served without`,
    during.good / ordinary(before, after),
  );
  return { before, during, after };
}

const ordinary = (before: Flow, after: Flow): number => (before.good + after.good) / 2;

function expectUnharmed({ before, during, after }: Crowd): void {
  for (const status of during.statuses) expect([200, 202, 429, 503]).toContain(status);
  expect(during.silent).toBe(0);
  expect(during.good / ordinary(before, after)).toBeGreaterThanOrEqual(GOODPUT_MIN);
  expect([...after.statuses]).toEqual([...before.statuses]);
}

test('the crowd is told to come back, and as much is served as without it', async () => {
  const load = new EntriesLoad(stack);
  await load.start(1);
  await load.untilAccepted(1);
  await load.stop();
  const balance = `${stack.addresses.queryApi}/v1/merchants/m-1/balances/latest`;
  while ((await fetch(balance)).status !== 200) await sleep(50);
  const agent = new Agent({ keepAlive: true, maxSockets: MANY });
  expectUnharmed(await crowd('query API', () => caller(balance, agent, null)));

  // What becomes of the entries afterwards is not measured here, and would take its part of the cores.
  await stack.stop('outbox-relay-1', 'streams-1', 'query-api', 'sink-redis-1', 'sink-postgres-1');
  const entry = { ...anEntry, occurredAt: new Date().toISOString() };
  const entries = `${stack.addresses.entriesApi}/v1/merchants/m-1/entries`;
  expectUnharmed(await crowd('entries API', () => caller(entries, agent, entry)));
  agent.destroy();
  expect(() => hits.demandAll()).not.toThrow();
});

const anEntry = {
  accountId: 'drawer',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 1,
  currency: 'BRL',
} as const;
