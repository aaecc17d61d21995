/**
 * Row 7 of reliability.md section 3 on real servers: Redis is killed without persistence, flushed, replaced by an older copy of
 * itself, and its memory runs full, while submissions keep coming. Each time the view is built again from the topic. Needs Kafka,
 * the registry, Redis, the sink and the oracle's generator.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { differingDocuments, untilEqual } from './redis-equality.ts';
import { scaled } from './scale.ts';

const ROUNDS = scaled({ quick: 1, short: 1, long: 20 });

let scene: FaultStack;
let redis: Redis;

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start(['redis', 'sink-redis-1']);
  redis = new Redis(scene.stack.addresses.redis, { retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  scene.processor(1).start();
}, 240_000);

afterAll(async () => {
  redis?.disconnect();
  await scene?.destroy();
}, 60_000);

/** What each fault does; it resolves when the harm is done and Redis runs. */
const harms: Readonly<Record<string, () => Promise<void>>> = {
  killed: async () => {
    await scene.stack.kill('redis');
    await scene.untilProgress();
    await scene.stack.start('redis');
  },
  flushed: async () => {
    await redis.flushall();
  },
  'replaced by an older copy': async () => {
    await redis.save();
    await scene.untilProgress();
    await scene.untilProgress();
    await scene.stack.kill('redis');
    await scene.stack.start('redis');
    expect(await redis.dbsize()).toBeGreaterThan(0);
  },
  'memory full': async () => {
    await redis.config('SET', 'maxmemory', '1mb');
    await expect(redis.set('does-this-fit', 'x'.repeat(100))).rejects.toThrow(/OOM/);
    await scene.untilProgress();
    await redis.config('SET', 'maxmemory', '0');
  },
};

const hits = new Hits(7, Object.keys(harms));

(hasOracle ? describe : describe.skip)('Redis', () => {
  test.each(Object.keys(harms))(
    '%s: the view is built again and equals the topic',
    async (harm) => {
      for (let round = 0; round < ROUNDS; round++) {
        const load = scene.load(200);
        await scene.untilProgress();
        await harms[harm]?.();
        hits.count(harm);
        await load.stop();
        const sinceMs = Date.now();
        await untilEqual(scene, redis);
        hits.measure(
          'seconds from the end of the harm until Redis was equal',
          (Date.now() - sinceMs) / 1_000,
        );
      }
      expect(await differingDocuments(scene, redis)).toBe(0);
    },
    60_000 + ROUNDS * 120_000,
  );

  test('every fault hit', () => {
    expect(() => hits.demandAll()).not.toThrow();
  });
});
