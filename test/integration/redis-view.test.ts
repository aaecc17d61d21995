/**
 * The Redis view on a real Redis, from both sides of its layout: what `sinks/redis` writes, `query-api` must read. Needs Redis; no
 * Kafka: batches are given to the sink as its loop would give them.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { openLocalCodecs } from '@fluxo/kafka';
import { GuardedView, ReadingFloor, RedisView } from '@fluxo/query-api';
import {
  type DailyBalance,
  type Merchant,
  partitionOf,
  REDIS_POSITIONS_KEY,
  redisDayKey,
  redisMerchantKey,
  topics,
} from '@fluxo/schemas';
import { RedisBalanceSink, RedisMerchantSink, RedisStore, type Sink, type SinkBatch } from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { balanceViewContract } from '../../query-api/views/balance-view.contract.ts';
import { aBalance, aMerchant, dayOf } from '../../query-api/views/view-fixtures.ts';
import { sinkContract } from '../../sinks/engine/sink.contract.ts';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import { startRedis, type TestRedis } from '../../testing/test-redis.ts';

const PARTITIONS = 3;

const codecs = await openLocalCodecs();
/** What the tests open; closed after each of them, also when it fails: an open connection would keep the run alive. */
const opened: { close: () => unknown }[] = [];
let close: TestRedis['close'];
let url: string;
let redis: Redis;

beforeAll(async () => {
  ({ url, redis, close } = await startRedis());
}, 60_000);

afterAll(() => close());

beforeEach(async () => {
  await redis.flushall();
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function partitionOfMerchant(merchantId: string): number {
  return partitionOf(Buffer.from(merchantId), PARTITIONS);
}

/** Gives a sink values, each in the partition of its merchant. */
class Feeder<Value extends { readonly merchantId: string }> extends SinkFeeder {
  readonly #encode: (value: Value) => Buffer;

  constructor(sink: Sink, encode: (value: Value) => Buffer) {
    super(sink, PARTITIONS);
    opened.push(sink);
    this.#encode = encode;
  }

  async write(values: readonly Value[], isComplete = false) {
    const batches = [...this.positions].map(([partition, fromOffset]): SinkBatch => {
      const mine = values.filter((value) => partitionOfMerchant(value.merchantId) === partition);
      const records = mine.map((value, index) => ({
        offset: fromOffset + index,
        key: null,
        value: this.#encode(value),
      }));
      return { partition, fromOffset, records, nextOffset: fromOffset + records.length, isComplete };
    });
    return this.put(batches);
  }
}

function balanceFeeder(): Feeder<DailyBalance> {
  const sink = new RedisBalanceSink(new RedisStore(url), codecs.dailyBalances);
  return new Feeder(sink, (value) => codecs.dailyBalances.encode('DailyBalance', value));
}

function merchantFeeder(): Feeder<Merchant> {
  const sink = new RedisMerchantSink(new RedisStore(url), codecs.merchants);
  return new Feeder(sink, (value) => codecs.merchants.encode('Merchant', value));
}

/** `ends`: where each partition of the topics ended when the view's process began. */
async function openView(ends = { balances: 0, merchants: 0 }): Promise<RedisView> {
  const floor = await ReadingFloor.now(
    { stableOffset: async (topic) => (topic === topics.merchants.name ? ends.merchants : ends.balances) },
    PARTITIONS,
  );
  const view = new RedisView({ url, partitions: PARTITIONS, codecs, floor });
  opened.push(view);
  await view.connected();
  return view;
}

balanceViewContract('Redis, written by its sink,', async () => {
  await redis.flushall();
  const [balances, merchants] = [balanceFeeder(), merchantFeeder()];
  await Promise.all([balances.connect(), merchants.connect()]);
  const view = await openView();
  let isComplete = false;
  return {
    view,
    publish: async (records) => {
      await merchants.write(records.merchants ?? [], isComplete);
      await balances.write(records.balances ?? [], isComplete);
    },
    complete: async () => {
      isComplete = true;
      await merchants.confirm(true);
      await balances.confirm(true);
    },
    close: async () => {},
  };
});

sinkContract('Redis with balances', {}, async () => {
  await redis.flushall();
  return {
    merchantId: 'm-1',
    openSink: () => new RedisBalanceSink(new RedisStore(url), codecs.dailyBalances),
    encode: ({ key, version }) =>
      codecs.dailyBalances.encode(
        'DailyBalance',
        aBalance({ businessDate: dayOfKey[key], revision: version }),
      ),
    contents: everything,
    version: (key) => revisionAt(redisDayKey('m-1', dayOfKey[key])),
    lose: async () => void (await redis.flushall()),
    close: async () => {},
  };
});

sinkContract('Redis with merchants', {}, async () => {
  await redis.flushall();
  return {
    merchantId: 'm-1',
    openSink: () => new RedisMerchantSink(new RedisStore(url), codecs.merchants),
    encode: ({ key, version }) =>
      codecs.merchants.encode('Merchant', aMerchant({ merchantId: `m-${key}`, revision: version })),
    contents: everything,
    version: (key) => revisionAt(redisMerchantKey(`m-${key}`)),
    lose: async () => void (await redis.flushall()),
    close: async () => {},
  };
});

describe('the database', () => {
  test('of somebody else is refused by name and left as it was', async () => {
    await redis.set('session:42', 'theirs');
    const feeder = balanceFeeder();
    await expect(feeder.connect()).rejects.toMatchObject({
      code: 'sink-refused',
      message: expect.stringContaining('"session:42"'),
    });
    expect(await redis.keys('*')).toEqual(['session:42']);
  });

  test('that evicts keys is refused: an evicted day would look like a day without movements', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const feeder = balanceFeeder();
    await expect(feeder.connect()).rejects.toMatchObject({ code: 'sink-refused' });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  });

  test('with its memory full is waited for, and takes the same batch afterwards', async () => {
    const feeder = balanceFeeder();
    await feeder.connect();
    await redis.config('SET', 'maxmemory', '1');
    await expect(feeder.write([aBalance()])).rejects.toMatchObject({ code: 'sink-unavailable' });
    await redis.config('SET', 'maxmemory', '0');
    expect(await feeder.write([aBalance()])).toEqual({ written: 1, refused: 0 });
  });
});

describe('reading', () => {
  test('a document that is gone though its day is listed makes the answer incomplete, never a day without movements', async () => {
    const [balances, merchants] = [balanceFeeder(), merchantFeeder()];
    await Promise.all([balances.connect(), merchants.connect()]);
    await merchants.write([aMerchant()], true);
    await balances.write([aBalance({ businessDate: dayOf('2026-03-01') })], true);
    const view = await openView();
    const range = { from: dayOf('2026-03-01'), to: dayOf('2026-03-01') };
    expect(await view.days('m-1', range)).toMatchObject({ kind: 'known' });
    await redis.del(redisDayKey('m-1', dayOf('2026-03-01')));
    expect(await view.days('m-1', range)).toEqual({ kind: 'incomplete' });
  });

  test('an older copy is not believed, neither by who knew better nor by who has just begun, until it is written anew', async () => {
    const [balances, merchants] = [balanceFeeder(), merchantFeeder()];
    await Promise.all([balances.connect(), merchants.connect()]);
    await merchants.write([aMerchant()], true);
    await balances.write([aBalance({ revision: 5 })], true);
    const copy = await copyOfRedis();
    await balances.write([aBalance({ revision: 6 })], true);
    const [knew, begun] = [await openView(), await openView({ balances: 2, merchants: 1 })];
    expect(await knew.latest('m-1')).toMatchObject({ kind: 'known', head: 6 });
    await copy.restore();
    expect(await (await openView()).latest('m-1')).toMatchObject({ kind: 'known', head: 5 });
    expect(await knew.latest('m-1')).toEqual({ kind: 'incomplete' });
    expect(await begun.latest('m-1')).toEqual({ kind: 'incomplete' });
    expect(await knew.merchant('m-1')).toEqual({ kind: 'incomplete' });
    expect(await knew.merchant('somebody')).toEqual({ kind: 'incomplete' });
    await expect(balances.write([aBalance({ revision: 7 })], true)).rejects.toMatchObject({
      code: 'sink-position-lost',
    });
    await balances.connect();
    await balances.write([aBalance({ revision: 6 })], true);
    for (const view of [knew, begun])
      expect(await view.latest('m-1')).toMatchObject({ kind: 'known', head: 7 });
  });

  test('a Redis that hangs counts as unavailable within its time', async () => {
    const view = new GuardedView(await openView(), { answerWithinMs: 250, questionsAtOnceMax: 10 });
    const answered: string[] = [];
    await redis.client('PAUSE', 3_000, 'ALL');
    const pinged = redis.ping().then(() => answered.push('redis'));
    await expect(view.merchant('m-1')).rejects.toMatchObject({ code: 'view-unavailable' });
    answered.push('view');
    await pinged;
    expect(answered).toEqual(['view', 'redis']);
  });

  test('what Redis said while this process heard nothing for longer than the limit is an answer', async () => {
    const [balances, merchants] = [balanceFeeder(), merchantFeeder()];
    await Promise.all([balances.connect(), merchants.connect()]);
    await merchants.write([aMerchant()], true);
    await balances.write([aBalance()], true);
    const view = new GuardedView(await openView(), { answerWithinMs: 250, questionsAtOnceMax: 10 });
    const answer = view.latest('m-1');
    await nextTurn();
    for (const endMs = performance.now() + 1_000; performance.now() < endMs; );
    expect(await answer).toMatchObject({ kind: 'known' });
  });

  test('5,000 readers of one cold merchant cost one look-up', async () => {
    const merchants = merchantFeeder();
    await merchants.connect();
    await merchants.write([aMerchant()], true);
    const view = new GuardedView(await openView(), { answerWithinMs: 20_000, questionsAtOnceMax: 10 });
    const before = await commandsOf('hmget');
    await Promise.all(Array.from({ length: 5_000 }, () => view.merchant('m-1')));
    expect((await commandsOf('hmget')) - before).toBe(2);
  });

  test('the head is that of the merchant, whichever of its documents has it', async () => {
    const [balances, merchants] = [balanceFeeder(), merchantFeeder()];
    await Promise.all([balances.connect(), merchants.connect()]);
    await balances.write([aBalance({ revision: 12 })], true);
    await merchants.write([aMerchant({ revision: 3 })], true);
    expect(await redis.hget(redisMerchantKey('m-1'), 'head')).toBe('12'.padStart(16, '0'));
  });
});

const dayOfKey = { a: dayOf('2026-03-01'), b: dayOf('2026-03-02'), c: dayOf('2026-03-03') };

async function revisionAt(key: string): Promise<number | null> {
  const revision = await redis.hget(key, 'revision');
  return revision === null ? null : Number(revision);
}

/** Every document and merchant in the database, with bodies as hex. */
async function everything(): Promise<Record<string, unknown>> {
  const contents: Record<string, unknown> = {};
  for (const key of await redis.keys('*'))
    if ((await redis.type(key)) === 'hash' && key !== REDIS_POSITIONS_KEY)
      contents[key] = Object.entries(await redis.hgetallBuffer(key)).map(([field, body]) => [
        field,
        body.toString('hex'),
      ]);
  return contents;
}

/** What Redis holds, to be put in the place of what it will hold. */
async function copyOfRedis(): Promise<{ restore: () => Promise<void> }> {
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
  return {
    restore: async () => {
      await redis.flushall();
      for (const [key, value] of values) await redis.restore(key, 0, value);
    },
  };
}

async function commandsOf(name: string): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}
