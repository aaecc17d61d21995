/**
 * Rows 8 and 15 of reliability.md section 3 on real processes: a store that takes writes a tenth of the time while the sinks have
 * a large backlog, and of two sinks one that is stopped for longer than its session and then woken. Memory stays bounded, nobody
 * loses its membership for being slow, and Redis ends equal to the topic. Needs the whole stack and the oracle.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { logFile } from '../../stack/place.ts';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
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
const slow = new Hits(15, ['seconds in which the store was blocked']);
const woken = new Hits(8, ['sink stopped and woken']);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start(['redis', 'sink-redis-1']);
  redis = new Redis(scene.stack.addresses.redis);
  scene.processor(1).start();
}, 240_000);

afterAll(async () => {
  redis?.disconnect();
  await scene?.destroy();
}, 60_000);

function assignmentsOf(sink: string): number {
  return readFileSync(logFile(scene.stack.place, sink), 'utf8').split('"assigned"').length - 1;
}

/** Resident memory of the process, MB. */
function memoryOf(sink: string): number {
  const status = readFileSync(`/proc/${scene.stack.pidOf(sink)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

(hasOracle ? describe : describe.skip)('sinks', () => {
  test(
    'a store that takes writes a tenth of the time: memory bounded, no rebalance, equal in the end',
    async () => {
      const load = scene.load(1_000);
      await scene.untilProgress();
      const [assigned, memory] = [assignmentsOf('sink-redis-1'), memoryOf('sink-redis-1')];
      expect(assigned).toBeGreaterThan(0);
      let greatest = memory;
      for (const endMs = Date.now() + SLOW_MS; Date.now() < endMs; await sleep(SLICE_MS - BLOCKED_MS)) {
        await redis.call('CLIENT', 'PAUSE', String(BLOCKED_MS), 'WRITE');
        await sleep(BLOCKED_MS);
        slow.count('seconds in which the store was blocked');
        greatest = Math.max(greatest, memoryOf('sink-redis-1'));
      }
      await load.stop();
      slow.measure('MB of memory before, greatest', memory);
      slow.measure('MB of memory before, greatest', greatest);
      expect(greatest - memory).toBeLessThan(RSS_GROWTH_MAX_MB);
      expect(assignmentsOf('sink-redis-1')).toBe(assigned);
      await untilEqual(scene, redis);
      slow.demandAll();
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
  }, 240_000);
});
