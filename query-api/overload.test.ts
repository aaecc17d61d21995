/** More work than the event loop can do: requests are refused early with a date to come back, operators are still answered, and it passes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { BALANCES, openApi } from './api-fixture.ts';

/** Keeps the event loop from turning, as a queue of requests would. */
async function blockEventLoop(totalMs: number): Promise<void> {
  for (const startedMs = performance.now(); performance.now() - startedMs < totalMs; await sleep(0)) {
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
  }
}

test('an overloaded process sheds requests with Retry-After, keeps its health checks, and recovers', async () => {
  const { app, failures } = await openApi();
  await app.ready();
  await blockEventLoop(2_600);
  const shed = await app.inject(`${BALANCES}/2026-03-01`);
  expect([shed.statusCode, shed.json().code, shed.headers['retry-after']]).toEqual([503, 'overloaded', '1']);
  expect((await app.inject('/livez')).statusCode).toBe(200);
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  await sleep(2_200);
  expect((await app.inject(`${BALANCES}/2026-03-01`)).statusCode).toBe(200);
  expect(failures).toEqual([]);
  await app.close();
}, 15_000);

test('one stall of the event loop refuses nobody', async () => {
  const { app } = await openApi();
  await app.ready();
  await sleep(600);
  await blockEventLoop(400);
  await sleep(300);
  expect((await app.inject(`${BALANCES}/2026-03-01`)).statusCode).toBe(200);
  await app.close();
});
