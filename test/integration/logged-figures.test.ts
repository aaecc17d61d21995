/**
 * Needs Kafka, the registry, Redis and Postgres. With FLUXO_FIGURES_SECONDS the query API and the relay write into their logs what alarms in the cloud read there
 * (`infra/aws/observability/own-figures.ts`): as numbers, growing where something waits, and nothing where nobody knows.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { logFile } from '../../stack/place.ts';
import { EntriesClient } from '../../testing/entries-client.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

jest.setTimeout(300_000);

let stack: TestStack;
beforeAll(async () => {
  const servers = ['kafka', 'registry', 'redis', 'postgres', 'provision', 'migrate'];
  stack = await startStack({
    only: [...servers, 'query-api', 'entries-api', 'outbox-relay-1'],
    env: { FLUXO_FIGURES_SECONDS: '1' },
  });
});
afterAll(() => stack?.destroy());

/** All values of the field in the log so far. */
function logged(service: string, field: string): readonly unknown[] {
  const lines = readFileSync(logFile(stack.place, service), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as Readonly<Record<string, unknown>>)[field])
    .filter((value) => value !== undefined);
}

test('a stack at rest is behind by nothing, and says so', async () => {
  while (logged('query-api', 'viewLagSeconds').length < 2) await sleep(200);
  while (logged('outbox-relay-1', 'outboxAgeSeconds').length < 2) await sleep(200);
  expect(new Set(logged('outbox-relay-1', 'outboxAgeSeconds'))).toEqual(new Set([0]));
  expect(logged('query-api', 'viewLagSeconds').at(-1)).toBe(0);
  expect(logged('entries-api', 'viewLagSeconds')).toEqual([]);
});

test('what waits while Kafka is away grows older in the log, and how far the view is behind nobody knows', async () => {
  await stack.kill('kafka');
  await new EntriesClient(stack.addresses.entriesApi).configure('m-waits');
  while (!(Number(logged('outbox-relay-1', 'outboxAgeSeconds').at(-1)) > 3)) await sleep(200);
  const before = logged('query-api', 'viewLagSeconds').length;
  await sleep(5_000);
  expect(logged('query-api', 'viewLagSeconds')).toHaveLength(before);
});
