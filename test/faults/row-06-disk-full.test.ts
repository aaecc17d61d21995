/**
 * Row 6 of reliability.md section 3, the full disk: while people enter, first the broker's disk is full, then that of Postgres. Without the broker
 * everybody is accepted all the same (I15) and balances are read; without Postgres whoever enters is told 503 and when to come back. Once there is room
 * again, everything that was accepted is in the ledger, once. Needs the whole stack, and the right to mount two small filesystems.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { dataFolder, logFile } from '../../stack/place.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { EntriesLoad } from './entries-load.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';
import { isMountable, SmallDisk } from './small-disk.ts';

jest.setTimeout(3_600_000);

const ROUNDS = scaled({ quick: 1, short: 1, long: 30 });
const CALLERS = 8;
/** More than a new broker and a new cluster take, and little enough to be filled at once. */
const DISK_MB = 512;
const OTHERS = [
  'kafka',
  'registry',
  'provision',
  'streams-1',
  'sink-redis-1',
  'sink-postgres-1',
  'query-api',
  'entries-api',
  'outbox-relay-1',
] as const;

const mayMount = isMountable();
const suite = mayMount ? describe : describe.skip;
const hits = new Hits(6, ['broker’s disk full', 'Postgres’s disk full', 'entries refused with 503']);
let stack: TestStack;
let disks: Readonly<Record<'kafka' | 'postgres', SmallDisk>>;

(mayMount ? beforeAll : () => undefined)(async () => {
  stack = await startStack({ only: ['redis'] });
  disks = {
    kafka: new SmallDisk(dataFolder(stack.place, 'kafka'), DISK_MB),
    postgres: new SmallDisk(dataFolder(stack.place, 'postgres'), DISK_MB),
  };
  await stack.start('postgres', 'migrate', ...OTHERS);
}, 300_000);

afterAll(async () => {
  for (const disk of Object.values(disks ?? {})) disk.unmount();
  await stack?.destroy();
}, 120_000);

function complaints(server: 'kafka' | 'postgres'): number {
  return readFileSync(logFile(stack.place, server), 'utf8').split('No space left on device').length - 1;
}

/** Resolves when the server has said once more that there is no room. */
async function fill(server: 'kafka' | 'postgres'): Promise<void> {
  const before = complaints(server);
  disks[server].fill();
  while (complaints(server) === before) await sleep(50);
}

/** There is room again, and somebody starts what has died of it, also what dies while it is looked at. */
async function free(server: 'kafka' | 'postgres'): Promise<void> {
  disks[server].free();
  for (;;)
    try {
      return await stack.start('postgres', ...OTHERS);
    } catch (error) {
      if (!(error instanceof StackError) || error.code !== 'died-at-start') throw error;
    }
}

async function balance(): Promise<number> {
  const answer = await fetch(`${stack.addresses.queryApi}/v1/merchants/m-1/balances/latest`);
  await answer.arrayBuffer();
  return answer.status;
}

async function brokerFull(load: EntriesLoad): Promise<void> {
  await fill('kafka');
  hits.count('broker’s disk full');
  await load.untilAccepted(200);
  expect(await balance()).toBe(200);
  expect([...load.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  const refused = load.count(503);
  await free('kafka');
  await load.untilAccepted(50);
  expect(load.count(503)).toBe(refused);
}

async function postgresFull(load: EntriesLoad): Promise<void> {
  const refused = load.count(503);
  await fill('postgres');
  hits.count('Postgres’s disk full');
  while (load.count(503) === refused) await sleep(20);
  expect(await balance()).toBe(200);
  const sinceMs = performance.now();
  await free('postgres');
  await load.untilAccepted(50);
  hits.measure(
    'seconds from room on the disk of Postgres to 50 entries',
    (performance.now() - sinceMs) / 1_000,
  );
  hits.count('entries refused with 503', load.count(503) - refused);
}

suite(mayMount ? 'a full disk' : 'a full disk: skipped, because nothing may be mounted here', () => {
  test(`of the broker, then of Postgres, ${ROUNDS} times: what was accepted is in the ledger once`, async () => {
    await using load = new EntriesLoad(stack);
    await load.start(CALLERS);
    await load.untilAccepted(100);
    while ((await balance()) !== 200) await sleep(50);
    for (let round = 0; round < ROUNDS; round++) {
      await brokerFull(load);
      await postgresFull(load);
    }
    await load.stop();
    expect(new Set(load.statuses.keys())).toEqual(new Set([202, 503]));
    expect(load.withoutRetryAfter).toBe(0);
    expect(await load.wrongs()).toEqual([]);
    hits.demandAll();
  });
});
