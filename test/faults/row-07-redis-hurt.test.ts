/**
 * Row 7 of reliability.md section 3 on real servers: Redis is killed without persistence, flushed, replaced by an older copy of itself, and its
 * memory runs full, while people enter and others read what stands in Redis alone: the query API's memory holds another shard. Each answer is
 * what the topic held, none is older than one before it, nobody disappears; what cannot be told is 503. Each time the view is built again, and the
 * audit finds 0 differences. Needs Kafka, the registry, Redis, Postgres and the processes that decide and show.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTITIONS_DEFAULT, partitionOf, REDIS_POSITIONS_KEY } from '@fluxo/schemas';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { portOffsets } from '../../stack/addresses.ts';
import { EntriesClient } from '../../testing/entries-client.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { QueryApiProcess } from '../../testing/query-api-process.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';
import { ColdReaders, neverHeld } from './cold-readers.ts';
import { EntriesLoad } from './entries-load.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const ROUNDS = scaled({ quick: 1, short: 1, long: 20 });
const CALLERS = 3;
const MERCHANTS = Array.from({ length: CALLERS }, (_, index) => `m-${index + 1}`);

const partition = (merchantId: string) => partitionOf(Buffer.from(merchantId), PARTITIONS_DEFAULT);
/** The one that the query API holds: of nobody who is asked about. */
const HELD = Array.from({ length: PARTITIONS_DEFAULT }, (_, each) => each).find(
  (each) => !MERCHANTS.map(partition).includes(each),
) as number;

let stack: TestStack;
let redis: Redis;
let load: EntriesLoad;
let readers: ColdReaders;
/** A query API that has just begun. */
let fresh: QueryApiProcess;

beforeAll(async () => {
  stack = await startStack({
    only: [...decidingServices, 'entries-api', 'outbox-relay-1'],
    env: { FLUXO_QUERY_PARTITIONS: String(HELD) },
  });
  redis = new Redis(stack.addresses.redis, { retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  load = new EntriesLoad(stack);
  await load.start(CALLERS);
  for (const merchantId of MERCHANTS) await untilTold(merchantId);
  readers = ColdReaders.start([stack.addresses.queryApi], MERCHANTS);
}, 300_000);

afterAll(async () => {
  await readers?.stop();
  await load?.[Symbol.asyncDispose]();
  await fresh?.stop();
  redis?.disconnect();
  await stack?.destroy();
}, 120_000);

/** Resolves when readers are told of the merchant. */
async function untilTold(merchantId: string): Promise<void> {
  const path = `/v1/merchants/${merchantId}/balances/latest`;
  while ((await fetch(stack.addresses.queryApi + path)).status !== 200) await sleep(50);
}

async function kill(): Promise<void> {
  await stack.kill('redis');
  await readers.until(503, 20);
  await load.untilAccepted(50);
  await stack.start('redis');
}

async function flush(): Promise<void> {
  await redis.flushall();
  await load.untilAccepted(50);
}

/**
 * Nobody marks the older copy as what it is: the sink stands still. So whoever is asked, the process that knew better and one that has just begun,
 * must see that by itself. Of one merchant the copy has never heard.
 */
async function setBack(round: number): Promise<void> {
  await redis.save();
  const late = nameElsewhere(`late-${round}`);
  const client = new EntriesClient(stack.addresses.entriesApi);
  await client.configure(late);
  await client.enter(late);
  await untilTold(late);
  readers.merchants.push(late);
  await load.untilAccepted(50);
  await readers.until(200, 100);
  const refused = readers.count(503);
  await stack.kill('sink-redis-1', 'SIGSTOP');
  await stack.kill('redis');
  await stack.start('redis');
  expect(await redis.dbsize()).toBeGreaterThan(0);
  await readers.until(503, 50);
  fresh = await QueryApiProcess.start(stack, { FLUXO_QUERY_PARTITIONS: String(HELD) });
  readers.origins.push(fresh.address);
  await readers.until(503, 50);
  hits.count('answers refused while the older copy stood there', readers.count(503) - refused);
  await stack.kill('sink-redis-1', 'SIGCONT');
  await readers.until(200, 100);
  readers.origins.pop();
  // Who is being asked is answered before it goes.
  await fresh.stop();
}

/** A merchant whom the query API's memory does not hold. */
function nameElsewhere(name: string): string {
  return partition(name) === HELD ? nameElsewhere(`${name}-`) : name;
}

/**
 * The sink waits where it stands and says so; who asks for help is told. A Redis that is full takes no transaction, not even one that only reads,
 * so readers are refused.
 */
async function fill(): Promise<void> {
  await redis.config('SET', 'maxmemory', '1mb');
  await expect(redis.set('does-this-fit', 'x'.repeat(100))).rejects.toThrow(/OOM/);
  const [stood, retries] = [await redis.hgetall(REDIS_POSITIONS_KEY), await sinkMetric('retries_total')];
  await load.untilAccepted(50);
  await readers.until(503, 100);
  while ((await sinkMetric('retries_total')) < retries + 2) await sleep(50);
  expect(await redis.hgetall(REDIS_POSITIONS_KEY)).toEqual(stood);
  expect(await doctorOn('Redis memory')).toMatchObject({ state: 'fail' });
  await redis.config('SET', 'maxmemory', '0');
  expect(await doctorOn('Redis memory')).toMatchObject({ state: 'ok' });
}

/** Summed over its labels. */
async function sinkMetric(name: string): Promise<number> {
  const port = stack.place.portBase + portOffsets.sinkRedis + 1;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`fluxo_sink_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function doctorOn(check: string): Promise<unknown> {
  const said = await fluxo(['doctor', '--json'], stack.env).catch(({ stdout }) => String(stdout));
  return (JSON.parse(said) as readonly { readonly check: string }[]).find((each) => each.check === check);
}

/** What each fault does; it resolves when the harm is done and Redis runs. */
const harms: Readonly<Record<string, (round: number) => Promise<void>>> = {
  killed: kill,
  flushed: flush,
  'replaced by an older copy': setBack,
  'memory full': fill,
};

const hits = new Hits(7, Object.keys(harms));

test.each(Object.keys(harms))(
  '%s: what is told is right, the view is built again, and the audit finds nothing',
  async (harm) => {
    for (let round = 0; round < ROUNDS; round++) {
      await harms[harm]?.(round);
      hits.count(harm);
      const sinceMs = Date.now();
      await readers.until(200, 100);
      hits.measure(
        'seconds from the end of the harm until 100 more were answered',
        (Date.now() - sinceMs) / 1_000,
      );
      expect(JSON.parse(await fluxo(['audit', '--json', '--timeout', '300'], stack.env))).toMatchObject({
        differences: 0,
      });
    }
    expect(readers.wrongs).toEqual([]);
  },
);

test('everything that was told is what the topic held, and everything entered counts once', async () => {
  await load.stop();
  await readers.stop();
  hits.count('answers from Redis', readers.count(200));
  hits.count('answers refused', readers.count(503));
  expect((await neverHeld(stack, readers.told)).slice(0, 3)).toEqual([]);
  expect(readers.told.size).toBeGreaterThan(CALLERS);
  expect(await load.wrongs()).toEqual([]);
  hits.demandAll();
});
