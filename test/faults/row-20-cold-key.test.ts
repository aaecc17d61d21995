/**
 * Row 20 of reliability.md section 3: 5,000 readers at once of one merchant whom neither of two query APIs has in its memory. Each process asks
 * Redis a few times at most, as Redis itself counts it, and each reader is answered: with the merchant, or with 503 where the machine takes longer to
 * read so many requests than Redis may take to answer. The processes stand still while the readers come, so that all have come when they look.
 * Needs Kafka, the registry, Redis, Postgres and the processes that fill Redis.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTITIONS_DEFAULT, partitionOf } from '@fluxo/schemas';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { EntriesClient } from '../../testing/entries-client.ts';
import { QueryApiProcess } from '../../testing/query-api-process.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const ROUNDS = scaled({ quick: 1, short: 3, long: 100 });
/** Readers of each process, on a connection each. */
const READERS = 2_500;
const OPENED_AT_ONCE = 100;
/** An event loop takes so many sockets at a time. Redis may have answered in the middle of them, so each time there may be two look-ups. */
const SOCKETS_AT_A_TIME = 1_024;
const LOOK_UPS_MAX = 2 * Math.ceil(READERS / SOCKETS_AT_A_TIME);
const MERCHANT = 'm-1';
const PATH = `/v1/merchants/${MERCHANT}`;

const hits = new Hits(20, ['readers of one cold key', 'look-ups in Redis']);
let stack: TestStack;
let beside: QueryApiProcess;
let redis: Redis;

beforeAll(async () => {
  const own = partitionOf(Buffer.from(MERCHANT), PARTITIONS_DEFAULT);
  const others = Array.from({ length: PARTITIONS_DEFAULT }, (_, each) => each).filter((each) => each !== own);
  const env = { FLUXO_QUERY_PARTITIONS: others.join(',') };
  stack = await startStack({ only: [...decidingServices, 'entries-api', 'outbox-relay-1'], env });
  redis = new Redis(stack.addresses.redis);
  await new EntriesClient(stack.addresses.entriesApi).configure(MERCHANT);
  beside = await QueryApiProcess.start(stack);
  for (const origin of origins()) await untilReadFromRedis(origin);
}, 300_000);

afterAll(async () => {
  redis?.disconnect();
  await beside?.stop();
  await stack?.destroy();
}, 120_000);

const origins = (): readonly string[] => [stack.addresses.queryApi, beside.address];

/** Resolves when one reader was answered from Redis; before, its circuit may be open. */
async function untilReadFromRedis(origin: string): Promise<void> {
  for (;;) {
    const answer = await fetch(origin + PATH);
    await answer.arrayBuffer();
    if (answer.headers.get('x-fluxo-tier') === 'redis') return;
    await sleep(50);
  }
}

/** What was asked so far, as Redis counts it. */
async function commands(): Promise<number> {
  return Number(/cmdstat_hmget:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

async function open(origin: string): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(origin);
  const sockets: Socket[] = [];
  while (sockets.length < READERS) {
    const some = Array.from({ length: OPENED_AT_ONCE }, () => connect(Number(port), hostname));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  // They are all the process's once one that came after them is answered.
  await untilReadFromRedis(origin);
  return sockets;
}

/** The status of the answer. */
async function ask(socket: Socket): Promise<string> {
  socket.setEncoding('latin1').write(`GET ${PATH} HTTP/1.1\r\nhost: fluxo\r\n\r\n`);
  const [text] = (await once(socket, 'data')) as [string];
  return text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
}

/** How many look-ups of Redis one reader costs, in commands. */
async function commandsOfOne(): Promise<number> {
  const [origin = ''] = origins();
  await untilReadFromRedis(origin);
  const before = await commands();
  await untilReadFromRedis(origin);
  return (await commands()) - before;
}

test(`${ROUNDS} times: for ${2 * READERS} readers Redis is asked a few times`, async () => {
  const ofOne = await commandsOfOne();
  expect(ofOne).toBeGreaterThan(0);
  const pids = [stack.pidOf('query-api') as number, beside.pid];
  for (let round = 0; round < ROUNDS; round++) {
    const sockets = (await Promise.all(origins().map(open))).flat();
    const before = await commands();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const asked = Promise.all(sockets.map(ask));
    await sleep(500);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    const statuses = await asked;
    const lookUps = ((await commands()) - before) / ofOne;
    expect(lookUps).toBeGreaterThanOrEqual(pids.length);
    expect(lookUps).toBeLessThanOrEqual(pids.length * LOOK_UPS_MAX);
    expect(statuses.filter((status) => status !== '200' && status !== '503')).toEqual([]);
    hits.count('readers of one cold key', statuses.length);
    hits.count('look-ups in Redis', lookUps);
    hits.count('answered with the merchant', statuses.filter((status) => status === '200').length);
    for (const socket of sockets) socket.destroy();
  }
  hits.demandAll();
});
