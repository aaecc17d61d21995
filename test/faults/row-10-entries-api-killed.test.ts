/**
 * Rows 10 and 11 of reliability.md section 3: while people enter, the entries API is killed again and again between what it has written and what
 * it has said, the relays between what they have published and what they have removed; then everything else is killed at once, and entering
 * goes on. What was entered counts once. Needs the whole stack.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { EntriesLoad } from './entries-load.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const KILLS = scaled({ quick: 1, short: 5, long: 300 });
const CALLERS = 16;
const ALONE = 300;
/** All but Postgres and the entries API. */
const OTHERS = [
  'query-api',
  'streams-1',
  'sink-redis-1',
  'sink-postgres-1',
  'outbox-relay-1',
  'outbox-relay-2',
  'redis',
  'registry',
  'kafka',
] as const;

const killed = new Hits(10, ['entries API killed', 'relay killed', 'answers lost']);
const alone = new Hits(11, ['processes and servers killed at once', 'entries accepted meanwhile']);
let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ relays: 2 });
}, 300_000);
afterAll(async () => stack?.destroy(), 120_000);

test(`the entries API and a relay are killed ${KILLS} times under load: everything counts once`, async () => {
  await using load = new EntriesLoad(stack, 'killed');
  await load.start(CALLERS);
  for (let kill = 0; kill < KILLS; kill++) {
    await load.untilAccepted(50);
    const relay = `outbox-relay-${1 + (kill % 2)}`;
    await stack.kill(relay);
    killed.count('relay killed');
    await stack.kill('entries-api');
    killed.count('entries API killed');
    const sinceMs = Date.now();
    await stack.start('entries-api', relay);
    await load.untilAccepted(1);
    killed.measure('seconds from the kill to the next entry accepted', (Date.now() - sinceMs) / 1_000);
  }
  await load.stop();
  killed.count('answers lost', load.count('cut'));
  expect(new Set([...load.statuses.keys(), 'nobody'])).toEqual(new Set([202, 'cut', 'nobody']));
  expect(await load.wrongs()).toEqual([]);
  killed.demandAll();
});

test('broker, registry, processor, sinks, relays, Redis and query API are killed at once: entering goes on, and counts afterwards', async () => {
  await using load = new EntriesLoad(stack, 'alone');
  await load.start(CALLERS);
  await load.untilAccepted(50);
  await Promise.all(OTHERS.map((name) => stack.kill(name)));
  alone.count('processes and servers killed at once', OTHERS.length);
  await load.untilAccepted(ALONE);
  alone.count('entries accepted meanwhile', ALONE);
  await load.stop();
  expect([...load.statuses.keys()]).toEqual([202]);
  const sinceMs = Date.now();
  await stack.start(...OTHERS);
  expect(await load.wrongs()).toEqual([]);
  alone.measure(
    'seconds from their return until everything was counted and audited',
    (Date.now() - sinceMs) / 1_000,
  );
  alone.demandAll();
});
