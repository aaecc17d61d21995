/**
 * The Redis view on a real Redis, from both sides of its layout: what `sinks/redis` writes, `query-api` must read. Needs Redis; no
 * Kafka: batches are given to the sink as its loop would give them.
 */

import { RedisView } from '@fluxo/query-api';
import {
  type DailyBalance,
  type Merchant,
  partitionOf,
  REDIS_OWNER_KEY,
  REDIS_POSITIONS_KEY,
  redisDayKey,
  redisMerchantKey,
} from '@fluxo/schemas';
import { RedisBalanceSink, RedisMerchantSink, RedisStore, type Sink, type SinkBatch } from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { balanceViewContract } from '../../query-api/views/balance-view.contract.ts';
import { aBalance, aMerchant, dayOf, localCodecs } from '../../query-api/views/view-fixtures.ts';
import { startServers } from '../../testing/servers.ts';

const PARTITIONS = 3;

const codecs = await localCodecs();
/** What the tests open; closed after each of them, also when it fails: an open connection would keep the run alive. */
const opened: { close: () => unknown }[] = [];
let stopServers: () => Promise<void>;
let url: string;
let redis: Redis;

beforeAll(async () => {
  const servers = await startServers({ redis: true });
  stopServers = servers.stop;
  url = servers.redis;
  redis = new Redis(url);
}, 60_000);

afterAll(async () => {
  redis.disconnect();
  await stopServers();
});

beforeEach(async () => {
  await redis.flushall();
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function partitionOfMerchant(merchantId: string): number {
  return partitionOf(Buffer.from(merchantId), PARTITIONS);
}

/** Gives a sink records as its loop would, keeping the positions the loop keeps. */
class Feeder<Value extends { readonly merchantId: string }> {
  readonly sink: Sink;
  readonly positions = new Map<number, number>();
  readonly #encode: (value: Value) => Buffer;

  constructor(sink: Sink, encode: (value: Value) => Buffer) {
    this.sink = sink;
    opened.push(sink);
    this.#encode = encode;
  }

  async connect(): Promise<ReadonlyMap<number, number>> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const stored = await this.sink.connect(partitions);
    for (const partition of partitions) this.positions.set(partition, stored.get(partition) ?? 0);
    await this.confirm(false);
    return stored;
  }

  confirm(isComplete: boolean) {
    return this.sink.write(
      [...this.positions].map(([partition, offset]) => ({
        partition,
        fromOffset: offset,
        records: [],
        nextOffset: offset,
        isComplete,
      })),
    );
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
    const count = await this.sink.write(batches);
    for (const batch of batches) this.positions.set(batch.partition, batch.nextOffset);
    return count;
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

async function openView(): Promise<RedisView> {
  const view = new RedisView({ url, partitions: PARTITIONS, codecs });
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

describe('the revision guard', () => {
  const stored = async (date: string): Promise<string | null> =>
    redis.hget(redisDayKey('m-1', dayOf(date)), 'revision');

  test.each([
    [9, 10],
    [99, 100],
    [2 ** 31 - 1, 2 ** 31],
    [2 ** 53 - 2, 2 ** 53 - 1],
  ])('%d is older than %d, in whatever order they come', async (older, newer) => {
    const feeder = balanceFeeder();
    await feeder.connect();
    const [first, second] = [
      { businessDate: dayOf('2026-03-01'), revision: older },
      { businessDate: dayOf('2026-03-02'), revision: newer },
    ];
    await feeder.write([aBalance(first), aBalance(second)]);
    const count = await feeder.write([
      aBalance({ ...first, revision: newer }),
      aBalance({ ...second, revision: older }),
    ]);
    expect(count).toEqual({ written: 1, refused: 1 });
    const text = String(newer).padStart(16, '0');
    expect([await stored('2026-03-01'), await stored('2026-03-02')]).toEqual([text, text]);
  });

  test('a batch written twice changes nothing the second time', async () => {
    const feeder = balanceFeeder();
    await feeder.connect();
    const documents = [2, 3, 4].map((revision) => aBalance({ businessDate: 20_000 + revision, revision }));
    expect(await feeder.write(documents)).toEqual({ written: 3, refused: 0 });
    const before = await everything();
    expect(await feeder.write(documents)).toEqual({ written: 0, refused: 3 });
    expect(await everything()).toEqual(before);
  });

  test('a woken process that writes what others have overtaken changes no document and is told to connect again', async () => {
    const [sleeper, owner] = [balanceFeeder(), balanceFeeder()];
    await sleeper.connect();
    await owner.connect();
    await owner.write([aBalance({ revision: 7 })]);
    const before = await everything();
    await expect(sleeper.write([aBalance({ revision: 5 })])).rejects.toMatchObject({
      code: 'sink-position-lost',
    });
    expect(await everything()).toEqual(before);
    expect((await sleeper.connect()).get(partitionOfMerchant('m-1'))).toBe(1);
  });
});

describe('the database', () => {
  test('flushed between two writes: the sink says so, and starts over', async () => {
    const feeder = balanceFeeder();
    await feeder.connect();
    await feeder.write([aBalance({ revision: 7 })]);
    await redis.flushall();
    await expect(feeder.confirm(true)).rejects.toMatchObject({ code: 'sink-position-lost' });
    expect(await feeder.connect()).toEqual(new Map());
    expect(await redis.get(REDIS_OWNER_KEY)).toBe('fluxo-views/1');
  });

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

  test('a Redis that hangs counts as unavailable within its time', async () => {
    const view = await openView();
    await redis.client('PAUSE', 800, 'ALL');
    const startedMs = performance.now();
    await expect(view.merchant('m-1')).rejects.toMatchObject({ code: 'view-unavailable' });
    expect(performance.now() - startedMs).toBeLessThan(600);
    await redis.ping();
  });

  test('5,000 readers of one cold merchant cost one look-up', async () => {
    const merchants = merchantFeeder();
    await merchants.connect();
    await merchants.write([aMerchant()], true);
    const view = await openView();
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

async function commandsOf(name: string): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}
