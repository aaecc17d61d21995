/**
 * More work than the event loop can do, from callers on real sockets: those who would wait too long are refused with a date to come back, operators
 * are answered, and when the crowd has gone all is as before. The work is that of a view that takes the process's time for merchants it
 * does not know.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ApiFixture, openApi } from './api-fixture.ts';
import type { Answer, BalanceView } from './views/balance-view.ts';

const CROWD = 400;

/** How long look-ups keep the event loop busy, in milliseconds; the next ones may do so for another time. */
let busyMs: number;
let nextBusyMs: number[];
let api: ApiFixture;
let origin: string;

async function look(): Promise<Answer<never>> {
  const untilMs = performance.now() + (nextBusyMs.shift() ?? busyMs);
  while (performance.now() < untilMs);
  return { kind: 'unknown' };
}

const busyView: BalanceView = { tier: 'redis', merchant: look, days: look, latest: look };

beforeEach(async () => {
  busyMs = 0;
  nextBusyMs = [];
  api = await openApi(busyView);
  origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(() => api.app.close());

type Told = { readonly status: number; readonly code: string; readonly retryAfter: string | null };

async function ask(): Promise<Told> {
  const answer = await fetch(`${origin}/v1/merchants/somebody/balances/2026-03-01`);
  const { code } = (await answer.json()) as { readonly code: string };
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after') };
}

async function status(path: string): Promise<number> {
  const answer = await fetch(origin + path);
  await answer.arrayBuffer();
  return answer.status;
}

test('a crowd is served in part and refused in part with Retry-After, operators are answered, and it passes', async () => {
  busyMs = 5;
  let told: readonly Told[] = [];
  while (!told.some(({ code }) => code === 'overloaded')) {
    const crowd = Array.from({ length: CROWD }, ask);
    const operators = await Promise.all(['/livez', '/readyz', '/metrics'].map(status));
    expect(operators).toEqual([200, 200, 200]);
    told = await Promise.all(crowd);
  }
  expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(
    new Set([
      JSON.stringify({ status: 404, code: 'merchant-unknown', retryAfter: null }),
      JSON.stringify({ status: 503, code: 'overloaded', retryAfter: '1' }),
    ]),
  );
  for (let count = 0; count < 20; count++) expect((await ask()).status).toBe(404);
  expect(api.failures).toEqual([]);
}, 120_000);

test('one stall of the event loop refuses nobody', async () => {
  nextBusyMs = [400];
  const told = await Promise.all(Array.from({ length: 20 }, ask));
  expect([told.map(({ status: each }) => each), nextBusyMs]).toEqual([Array(20).fill(404), []]);
});
