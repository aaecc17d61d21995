/**
 * From the topics to the callers, on a whole stack: the query API and Redis show exactly what the topics hold (I14), and go on
 * doing so, or say that they cannot, while Redis is flushed and killed, the sink is killed and the API is restarted under load.
 * Needs Kafka, the registry, Redis, the processor, the sink and the API.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { IdempotentProducer, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import {
  type AvroRecords,
  formatDate,
  REDIS_OWNER_KEY,
  REDIS_VIEW_PREFIX,
  type RecordName,
  topics,
} from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { fluxo } from '../../testing/fluxo-command.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';

const MERCHANTS = ['m-a', 'm-b', 'm-c', 'm-d'];
const ENTRIES = 60;
const DAY_MS = 86_400_000;

let stack: TestStack;
let redis: Redis;
let send: <Name extends RecordName>(name: Name, value: AvroRecords[Name]) => Promise<void>;
let closeProducer: () => Promise<void>;

beforeAll(async () => {
  stack = await startStack({ only: decidingServices });
  redis = new Redis(stack.addresses.redis, { retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  const registry = new SchemaRegistryClient(stack.addresses.registry);
  const codec = await TopicCodec.open(registry, topics.submissions);
  const producer = await IdempotentProducer.connect({
    brokers: [stack.addresses.kafka],
    clientId: 'serving-test',
  });
  send = async (name, value) => {
    const key = (value as { merchantId: string }).merchantId;
    await producer.send(topics.submissions.name, [{ key, value: codec.encode(name, value) }]);
  };
  closeProducer = () => producer.close();
  for (const merchantId of MERCHANTS) await configure(merchantId);
  for (let entry = 0; entry < ENTRIES; entry++)
    await sell(MERCHANTS[entry % MERCHANTS.length] as string, entry % 11);
  await close('m-b', 3);
  await fluxo(['wait', '--timeout', '60'], stack.env);
}, 180_000);

afterAll(async () => {
  redis.disconnect();
  await closeProducer();
  await stack.destroy();
}, 60_000);

const common = (merchantId: string) => ({
  merchantId,
  submittedAt: Date.now(),
  source: { system: 'serving-test', deviceId: null, sequence: null },
});

function configure(merchantId: string): Promise<void> {
  return send('MerchantConfigured', {
    ...common(merchantId),
    configId: randomUUID(),
    name: `Loja ${merchantId}`,
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 0,
    effectiveFrom: 18_262,
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
  });
}

function sell(merchantId: string, daysAgo: number): Promise<void> {
  return send('EntrySubmitted', {
    ...common(merchantId),
    entryId: randomUUID(),
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'CASH',
    amountMinor: 1_099,
    currency: 'BRL',
    occurredAt: Date.now() - daysAgo * DAY_MS,
    description: null,
    externalId: null,
  });
}

function close(merchantId: string, daysAgo: number): Promise<void> {
  const businessDate = Math.floor(Date.now() / DAY_MS) - daysAgo;
  return send('DayCloseRequested', {
    ...common(merchantId),
    requestId: randomUUID(),
    businessDate,
    requestedBy: 'test',
    counts: [],
  });
}

type Dumped = {
  readonly key: string;
  readonly value: Record<string, unknown> & { readonly merchantId: string };
};

/** The last record of every key of a compacted topic, as the operator's tool shows it. */
async function latestOf(topic: string): Promise<ReadonlyMap<string, Dumped['value']>> {
  const lines = (await fluxo(['dump', topic], stack.env)).trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as Dumped).map(({ key, value }) => [key, value]));
}

async function get(path: string): Promise<Response> {
  return fetch(`${stack.addresses.queryApi}${path}`);
}

function instant(value: unknown): string {
  return new Date(value as number).toISOString();
}

/** What the API must answer, from the dumps alone. */
async function expectedAnswers(): Promise<ReadonlyMap<string, unknown>> {
  const merchants = await latestOf(topics.merchants.name);
  const answers = new Map<string, unknown>();
  for (const [key, merchant] of merchants)
    answers.set(`/v1/merchants/${key}`, { ...merchant, recordedAt: instant(merchant['recordedAt']) });
  for (const [key, document] of await latestOf(topics.dailyBalances.name)) {
    const [merchantId = '', date = ''] = key.split('|');
    const closedThrough = merchants.get(merchantId)?.['closedThrough'] as string | null;
    answers.set(`/v1/merchants/${merchantId}/balances/${date}`, {
      ...document,
      status: closedThrough !== null && date <= closedThrough ? 'CLOSED' : 'OPEN',
      materialized: true,
      dayStart: instant(document['dayStart']),
      recordedAt: instant(document['recordedAt']),
    });
  }
  return answers;
}

async function answersGiven(paths: Iterable<string>): Promise<ReadonlyMap<string, unknown>> {
  const answers = new Map<string, unknown>();
  for (const path of paths) answers.set(path, await (await get(path)).json());
  return answers;
}

/** Every document and merchant in Redis: its body, by key. */
async function redisContents(): Promise<ReadonlyMap<string, string | undefined>> {
  const contents = new Map<string, string | undefined>();
  for (const key of (await redis.keys(`${REDIS_VIEW_PREFIX}{*`)).toSorted())
    if ((await redis.type(key)) === 'hash')
      contents.set(key, (await redis.hgetBuffer(key, 'body'))?.toString('hex'));
  return contents;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const startedMs = Date.now(); !(await holds()); await sleep(50))
    if (Date.now() - startedMs > 30_000) throw new Error(`after 30 s, not yet: ${what}`);
}

describe('the views equal the topics (I14)', () => {
  test('the API answers every document and every merchant as it stands in the topic, and has no others', async () => {
    const expected = await expectedAnswers();
    expect(expected.size).toBeGreaterThan(40);
    expect(await answersGiven(expected.keys())).toEqual(expected);
    const today = Math.floor(Date.now() / DAY_MS);
    const range = `from=${formatDate(today - 30)}&to=${formatDate(today + 1)}`;
    for (const merchantId of MERCHANTS) {
      const { days } = (await (await get(`/v1/merchants/${merchantId}/balances?${range}`)).json()) as {
        days: { businessDate: string; materialized: boolean }[];
      };
      const materialized = days.filter((day) => day.materialized).map((day) => day.businessDate);
      const documents = [...expected.keys()].filter((path) => path.includes(`/${merchantId}/balances/`));
      expect(materialized).toEqual(documents.map((path) => path.slice(-10)).toSorted());
    }
  }, 60_000);

  test('an entry is served within its two seconds to whoever asks for its revision', async () => {
    const before = (await (await get('/v1/merchants/m-a/balances/latest')).json()) as { revision: number };
    const asked = get(`/v1/merchants/m-a/balances/latest?minRevision=${before.revision + 1}`);
    await sell('m-a', 0);
    const answer = await asked;
    expect([answer.status, answer.headers.get('x-fluxo-fresh')]).toEqual([200, 'true']);
    expect(await answer.json()).toMatchObject({ revision: before.revision + 1 });
  }, 30_000);
});

describe('Redis', () => {
  test('flushed: it is built again, byte for byte, without anybody doing anything', async () => {
    const before = await redisContents();
    expect(before.size).toBeGreaterThan(40);
    await redis.flushall();
    await until('Redis holds again what it held', async () =>
      isDeepStrictEqual(await redisContents(), before),
    );
    expect(await redis.get(REDIS_OWNER_KEY)).toBe('fluxo-views/1');
  }, 60_000);

  test('the sink killed while entries flow: Redis ends equal to the topic all the same', async () => {
    for (let round = 0; round < 3; round++) {
      for (let entry = 0; entry < 5; entry++) await sell('m-c', entry);
      await stack.kill('sink-redis-1');
      for (let entry = 0; entry < 5; entry++) await sell('m-c', entry);
      await stack.start('sink-redis-1');
    }
    await fluxo(['wait', '--timeout', '60'], stack.env);
    const documents = await latestOf(topics.dailyBalances.name);
    for (const [key, document] of documents) {
      const [merchantId = '', date = ''] = key.split('|');
      const stored = await redis.hget(`${REDIS_VIEW_PREFIX}{${merchantId}}:${date}`, 'revision');
      expect([key, Number(stored)]).toEqual([key, document['revision']]);
    }
  }, 120_000);

  test('killed: known merchants are answered from memory, and nobody is told that another does not exist', async () => {
    await stack.kill('redis');
    const known = await get('/v1/merchants/m-a/balances/latest');
    expect([known.status, known.headers.get('x-fluxo-tier')]).toEqual([200, 'memory']);
    const unknown = await get('/v1/merchants/nobody');
    expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([503, '1']);
    await stack.start('redis');
    await until('the API finds Redis again', async () => (await get('/v1/merchants/nobody')).status === 404);
    await until('Redis is built again', async () => (await redisContents()).size > 40);
  }, 90_000);
});

describe('the query API restarted under load', () => {
  test('no caller sees a 5xx from the process that goes, and the one that comes answers the same', async () => {
    const expected = await expectedAnswers();
    const statuses = new Map<number, number>();
    let isLoading = true;
    const caller = async (): Promise<void> => {
      while (isLoading) {
        try {
          const { status } = await get('/v1/merchants/m-a/balances/latest');
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        } catch {
          return; // nobody listens any more
        }
      }
    };
    const callers = Array.from({ length: 8 }, caller);
    await sleep(300);
    await stack.stop('query-api');
    isLoading = false;
    await Promise.all(callers);
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(callers.length);
    await stack.start('query-api');
    expect(await answersGiven(expected.keys())).toEqual(expected);
  }, 60_000);
});
