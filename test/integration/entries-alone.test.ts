/**
 * I15: the entries API accepts while broker, registry, processor, Redis, sinks and query API are down, under load; afterwards everything
 * that was accepted is counted, once. Needs the whole stack.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { EntriesClient } from '../../testing/entries-client.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

jest.setTimeout(300_000);

const OTHERS = ['kafka', 'registry', 'redis', 'streams-1', 'sink-redis-1', 'sink-postgres-1', 'query-api'];
const MERCHANTS = ['m-a', 'm-b', 'm-c', 'm-d'];

let stack: TestStack;
let isLoading = true;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  isLoading = false;
  await stack.destroy();
});

test('accepts while everything else is down, and all of it counts when they are back', async () => {
  const client = new EntriesClient(stack.addresses.entriesApi);
  for (const merchant of MERCHANTS) await client.configure(merchant);
  const load = Promise.all(
    MERCHANTS.map(async (merchant) => {
      while (isLoading) await client.enter(merchant);
    }),
  );
  const until = async (count: number) => {
    while (client.count < count) await sleep(10);
  };
  await until(50);
  await stack.stop(...OTHERS);
  expect(OTHERS.map((name) => stack.pidOf(name))).toEqual(OTHERS.map(() => null));
  await until(client.count + 300);
  isLoading = false;
  await load;
  expect(client.refused).toEqual([]);

  await stack.start(...OTHERS);
  for (const [merchant, ids] of client.accepted)
    for (const id of ids) while ((await client.stateOf(merchant, id)) === 'accepted') await sleep(50);
  await fluxo(['wait', '--timeout', '120'], stack.env);
  const lines = (await fluxo(['dump', 'ledger'], stack.env)).split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(client.count);
  const verdict = JSON.parse(await fluxo(['audit', '--json'], stack.env)) as object;
  // What was on its way when Kafka went is sent again under another producer id, and may be in the log twice.
  expect(verdict).toMatchObject({ differences: 0, counted: client.count, rejected: 0 });
});
