/**
 * The audit of the Redis view: a whole history through the production topology, written by the sinks, equals the topics; and each bug that is
 * planted in what readers find documents by turns the judge red and is named. Needs Redis; no Kafka.
 */
import { RedisView } from '@fluxo/audit';
import { fixedWidth, partitionOf, redisDayKey, redisDaysKey, redisMerchantKey } from '@fluxo/schemas';
import { RedisBalanceSink, RedisMerchantSink, RedisStore, type Sink } from '@fluxo/sinks';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Difference } from '../../audit/difference.ts';
import { codecs, MemorySystem, PARTITIONS } from '../../testing/audited-system.ts';
import { input } from '../../testing/planted-bug.ts';
import { startRedis, type TestRedis } from '../../testing/test-redis.ts';

jest.setTimeout(180_000);

let system: MemorySystem;
let close: TestRedis['close'];
let url: string;
let redis: Redis;
/** A merchant of the history and its last day, in days since 1970-01-01. */
let merchantId: string;
let lastDay: number;

beforeAll(async () => {
  system = await MemorySystem.of(input);
  ({ url, redis, close } = await startRedis());
}, 60_000);
afterAll(() => close());

beforeEach(async () => {
  await redis.flushall();
  const sinks = {
    dailyBalances: new RedisBalanceSink(new RedisStore(url), codecs.dailyBalances),
    merchants: new RedisMerchantSink(new RedisStore(url), codecs.merchants),
  };
  for (const [name, sink] of Object.entries(sinks) as [keyof typeof sinks, Sink][]) {
    await sink.connect(Array.from({ length: PARTITIONS }, (_, partition) => partition));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = system.log(name, partition);
      const nextOffset = records.length;
      await sink.write([{ partition, fromOffset: 0, records, nextOffset, isComplete: true }]);
    }
    await sink.close();
  }
  const [key] = (await redis.keys('fluxo:v1:{*}:days')).toSorted();
  merchantId = /\{(.+)\}/.exec(key ?? '')?.[1] ?? '';
  lastDay = Number((await redis.zrange(redisDaysKey(merchantId), '0', '0', 'REV', 'WITHSCORES'))[1]);
});

async function differences(): Promise<readonly Difference[]> {
  const view = new RedisView({
    url,
    partitionOf: (each) => partitionOf(Buffer.from(each), PARTITIONS),
    codecs,
  });
  const { views, differences: found } = await system.audit({ views: [view] });
  expect(views).toMatchObject([{ kind: 'judged' }]);
  await view.close();
  return found.kept;
}

test('what is right is green', async () => {
  expect(await differences()).toEqual([]);
});

describe('is red, and names it:', () => {
  test.each([
    ['a head that is behind', 'head', () => redis.hset(redisMerchantKey(merchantId), 'head', fixedWidth(1))],
    [
      'a head that nothing has',
      'head',
      () => redis.hset(redisMerchantKey(merchantId), 'head', fixedWidth(9_999)),
    ],
    [
      'a day missing in the index',
      'index of days',
      () => redis.zremrangebyscore(redisDaysKey(merchantId), lastDay, lastDay),
    ],
    [
      'a day of the index without a document',
      'index of days',
      () => redis.zadd(redisDaysKey(merchantId), 22_000, '2030-03-27'),
    ],
    [
      'a wrong place in the index',
      'index of days',
      async () => {
        const [day = ''] = await redis.zrange(redisDaysKey(merchantId), '0', '0', 'REV');
        await redis.zadd(redisDaysKey(merchantId), lastDay - 1, day);
      },
    ],
    [
      'a revision that is not the body’s',
      'revision beside the body',
      () => redis.hset(redisDayKey(merchantId, lastDay), 'revision', fixedWidth(9_999)),
    ],
    [
      'a merchant that no topic has',
      'record',
      () => redis.copy(redisMerchantKey(merchantId), redisMerchantKey('loja-none')),
    ],
  ] as const)('%s', async (_name, field, plant) => {
    await plant();
    expect(await differences()).toContainEqual(expect.objectContaining({ where: 'Redis', field }));
  });
});
