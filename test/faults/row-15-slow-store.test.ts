/**
 * Rows 8 and 15 of reliability.md section 3 on real processes: a store that takes writes a tenth of the time while the sinks have
 * a large backlog, and of two sinks one that is stopped for longer than its session and then woken. Memory stays bounded, nobody
 * loses its membership for being slow, and Redis and Postgres end equal to the topics. Needs the whole stack and the oracle.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '@fluxo/postgres';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { asRole } from '../../stack/addresses.ts';
import { logFile } from '../../stack/place.ts';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { untilPostgresEqual } from './postgres-equality.ts';
import { differingDocuments, untilEqual } from './redis-equality.ts';
import { scaled } from './scale.ts';

const SLOW_MS = scaled({ quick: 5_000, short: 20_000, long: 600_000 });
const SLICE_MS = 1_000;
const BLOCKED_MS = 900;
/** Longer than the session of a member: 6 s. */
const STOPPED_MS = 9_000;
const RSS_GROWTH_MAX_MB = 200;

let scene: FaultStack;
let redis: Redis;
let postgres: Awaited<ReturnType<typeof openConnection>>;
const slow = new Hits(15, ['seconds in which Redis was blocked', 'seconds in which Postgres was blocked']);
const woken = new Hits(8, ['sink stopped and woken']);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start(['redis', 'sink-redis-1', 'postgres', 'migrate', 'sink-postgres-1']);
  redis = new Redis(scene.stack.addresses.redis);
  postgres = await openConnection({
    url: asRole(scene.stack.addresses.postgres, 'postgres'),
    name: 'fault',
    timeoutMs: 60_000,
  });
  scene.processor(1).start();
}, 240_000);

afterAll(async () => {
  redis?.disconnect();
  await postgres?.end();
  await scene?.destroy();
}, 60_000);

type Store = {
  readonly name: string;
  readonly sink: string;
  /** Keeps everybody from writing for so long. */
  readonly block: (ms: number) => Promise<void>;
  readonly untilEqual: () => Promise<void>;
};

const stores: readonly Store[] = [
  {
    name: 'Redis',
    sink: 'sink-redis-1',
    block: async (ms) => {
      await redis.call('CLIENT', 'PAUSE', String(ms), 'WRITE');
      await sleep(ms);
    },
    untilEqual: () => untilEqual(scene, redis),
  },
  {
    name: 'Postgres',
    sink: 'sink-postgres-1',
    block: async (ms) => {
      await postgres.query('BEGIN');
      await postgres.query('LOCK TABLE fluxo.ledger, fluxo.daily_balances IN ACCESS EXCLUSIVE MODE');
      await sleep(ms);
      await postgres.query('COMMIT');
    },
    untilEqual: () => untilPostgresEqual(scene, postgres),
  },
];

function assignmentsOf(sink: string): number {
  return readFileSync(logFile(scene.stack.place, sink), 'utf8').split('"assigned"').length - 1;
}

/** Resident memory of the process, MB. */
function memoryOf(sink: string): number {
  const status = readFileSync(`/proc/${scene.stack.pidOf(sink)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

(hasOracle ? describe : describe.skip)('sinks', () => {
  test.each(stores)(
    '$name takes writes a tenth of the time: memory bounded, no rebalance, equal in the end',
    async ({ name, sink, block, untilEqual: untilStoreEqual }) => {
      const load = scene.load(1_000);
      await scene.untilProgress();
      const [assigned, memory] = [assignmentsOf(sink), memoryOf(sink)];
      expect(assigned).toBeGreaterThan(0);
      let greatest = memory;
      for (const endMs = Date.now() + SLOW_MS; Date.now() < endMs; await sleep(SLICE_MS - BLOCKED_MS)) {
        await block(BLOCKED_MS);
        slow.count(`seconds in which ${name} was blocked`);
        greatest = Math.max(greatest, memoryOf(sink));
      }
      await load.stop();
      slow.measure(`${name}: MB of memory of its sink before, greatest`, memory);
      slow.measure(`${name}: MB of memory of its sink before, greatest`, greatest);
      expect(greatest - memory).toBeLessThan(RSS_GROWTH_MAX_MB);
      expect(assignmentsOf(sink)).toBe(assigned);
      await untilStoreEqual();
    },
    240_000 + 2 * SLOW_MS,
  );

  test('of two, one is stopped while it writes, loses its partitions, and is woken: the revision guard holds', async () => {
    await scene.stack.start('sink-redis-2');
    const load = scene.load(300);
    await scene.untilProgress();
    await scene.stack.kill('sink-redis-1', 'SIGSTOP');
    await sleep(STOPPED_MS);
    await scene.stack.kill('sink-redis-1', 'SIGCONT');
    woken.count('sink stopped and woken');
    await scene.untilProgress();
    await load.stop();
    await untilEqual(scene, redis);
    expect(await differingDocuments(scene, redis)).toBe(0);
    woken.demandAll();
    slow.demandAll();
  }, 240_000);
});
