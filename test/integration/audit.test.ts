/**
 * `fluxo audit` on a whole stack of real servers and processes: green on what tills have sold, also while they sell; red, and naming
 * it, when a document in Redis is changed, made old, taken away or added; without a verdict when the query API is gone; by its partitions
 * where it holds some only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { REDIS_VIEW_PREFIX, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { fluxo, startFluxo } from '../../testing/fluxo-command.ts';
import { QueryApiProcess } from '../../testing/query-api-process.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';

const STEP_MS = 120_000;
jest.setTimeout(STEP_MS);
const command = fileURLToPath(new URL('../../cli/bin/fluxo.js', import.meta.url));

let stack: TestStack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({ only: decidingServices });
  redis = new Redis(stack.addresses.redis);
});
afterAll(async () => {
  redis?.disconnect();
  await stack?.destroy();
});

type Run = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

type Verdict = { readonly views: readonly object[] };

function audit(...options: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [command, 'audit', '--timeout', '30', ...options], {
    env: { ...process.env, ...stack.env },
  });
  const run = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      run[stream] += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...run }));
  });
}

/** The Redis key of a day that has a document, and what people call it. */
async function aDay(): Promise<{
  readonly redisKey: string;
  readonly key: string;
  readonly merchantId: string;
}> {
  const keys = (await redis.keys(`${REDIS_VIEW_PREFIX}{*}:20*`)).toSorted();
  const redisKey = keys[0] ?? '';
  const [, merchantId = '', date = ''] = /\{(.+)\}:(.+)$/.exec(redisKey) ?? [];
  return { redisKey, key: `${merchantId}|${date}`, merchantId };
}

describe('fluxo audit on a whole stack', () => {
  test('is green while tills sell, and once everything has arrived', async () => {
    const selling = fluxo(['simulate', '--merchants', '5', '--rate', '300', '--for', '3'], stack.env);
    expect(await audit()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^[^…]*\n0 differences\.\n$/),
    });
    await selling;
    await fluxo(['wait'], stack.env);
    const { status, stdout, stderr } = await audit('--json');
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('fluxo:')]);
    const verdict = JSON.parse(stdout) as Record<string, number>;
    expect(verdict).toMatchObject({ differences: 0, named: [], merchants: 5 });
    expect(verdict['submissions']).toBeGreaterThan(500);
    const shown = (verdict['balances'] ?? 0) + 5;
    expect(verdict).toMatchObject({
      views: [
        { view: 'Redis', kind: 'judged', documents: shown },
        { view: 'Postgres', kind: 'judged', documents: shown },
        { view: 'query API', kind: 'judged', documents: shown },
      ],
    });
  });

  test('a query API that holds some partitions only: is waited for and judged by those, from memory', async () => {
    const shard = await QueryApiProcess.start(stack, { FLUXO_QUERY_PARTITIONS: '0-5' });
    try {
      const env = { ...stack.env, FLUXO_QUERY_API: shard.address };
      await fluxo(['wait', '--timeout', '30'], env);
      const verdict = JSON.parse(await fluxo(['audit', '--json'], env)) as Verdict;
      expect(verdict.views.at(-1)).toEqual({
        view: 'query API',
        kind: 'judged',
        documents: expect.any(Number),
        elsewhere: [6, 7, 8, 9, 10, 11],
      });
    } finally {
      await shard.stop();
    }
  });

  test('names a figure that was changed in Redis', async () => {
    const { redisKey, key, merchantId } = await aDay();
    const body = (await redis.hgetBuffer(redisKey, 'body')) as Buffer;
    const codec = await TopicCodec.open(
      new SchemaRegistryClient(stack.addresses.registry),
      topics.dailyBalances,
    );
    const decoded = codec.decode(body);
    if (decoded.kind !== 'record' || decoded.type !== 'DailyBalance') throw new Error('no document');
    const wrong = { ...decoded.value, cutoffMinutes: decoded.value.cutoffMinutes + 1 };
    await redis.hset(redisKey, 'body', codec.encode('DailyBalance', wrong));
    const { status, stdout, stderr } = await audit('--merchant', merchantId);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/fluxo: The audit found 1 difference\.\n$/)]);
    expect(stdout).toContain(
      `${key} cutoffMinutes: expected ${decoded.value.cutoffMinutes}, found ${wrong.cutoffMinutes}`,
    );
    await redis.hset(redisKey, 'body', body);
  });

  test('names a document that Redis lacks, and one that nobody published', async () => {
    const { redisKey, key, merchantId } = await aDay();
    const stored = await redis.hgetallBuffer(redisKey);
    await redis.del(redisKey);
    await redis.hset(`${REDIS_VIEW_PREFIX}{${merchantId}}:2031-01-01`, stored);
    const { status, stdout } = await audit('--json', '--merchant', merchantId);
    expect(status).toBe(1);
    const { named } = JSON.parse(stdout) as { named: unknown[] };
    expect(named).toContainEqual(
      expect.objectContaining({ where: 'Redis', key, field: 'record', expected: 'present', found: 'absent' }),
    );
    expect(named).toContainEqual(
      expect.objectContaining({ where: 'Redis', key: `${merchantId}|2031-01-01`, field: 'index of days' }),
    );
    await redis.del(`${REDIS_VIEW_PREFIX}{${merchantId}}:2031-01-01`);
    await redis.hset(redisKey, stored);
  });

  test('has no verdict, and says why, when the query API is gone', async () => {
    await stack.stop('query-api');
    const { merchantId } = await aDay();
    const { status, stdout, stderr } = await audit('--merchant', merchantId);
    expect(status).toBe(2);
    expect(stdout).toMatch(/query API not judged(?:.|\n)*\n0 differences\.\n$/);
    expect(stderr).toMatch(/The query API cannot be read: no answer from .*FLUXO_QUERY_API/);
  });

  test('watches: a line and metrics for every round', async () => {
    await stack.start('query-api');
    const { audit: address } = stack.addresses;
    const { port } = new URL(address);
    const watch = startFluxo(['audit', '--watch', '--every', '1', '--port', port], stack.env);
    let lines = '';
    watch.stdout.on('data', (chunk: string) => {
      lines += chunk;
    });
    while (lines.split('\n').length <= 2) await once(watch.stdout, 'data');
    const metrics = await (await fetch(`${address}/metrics`)).text();
    const state = (await (await fetch(`${address}/readyz`)).json()) as object;
    expect(await watch.end()).toBe(130);
    const counted = { differences: 0, named: [], waiting: 0, submissions: expect.any(Number), notJudged: [] };
    expect(state).toEqual({
      ready: true,
      round: { at: expect.stringMatching(/Z$/), result: 'equal', ...counted },
    });
    expect(lines).toMatch(/^\S+Z 0 differences in [\d,]+ submissions; 0 offsets not taken yet\n/);
    expect(metrics).toContain('fluxo_audit_differences 0\n');
    expect(metrics).toMatch(/fluxo_audit_oldest_unaudited_offset\{partition="0"\} \d+\n/);
    expect(metrics).toMatch(/fluxo_audit_rounds_total\{result="equal"\} [2-9]/);
  });
});
