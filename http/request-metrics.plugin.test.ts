/** What Prometheus is told of the answers of an API: counts by status, times in buckets; lines are counted only. */
import { Registry } from '@fluxo/telemetry';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { registerRequestMetrics } from './request-metrics.plugin.ts';
import { RouteTally } from './route-tally.ts';

let app: FastifyInstance;
let metrics: Registry;

beforeEach(() => {
  app = fastify();
  metrics = new Registry();
  registerRequestMetrics(app, metrics, { isLine: (route) => route === '/line' });
  app.get('/tills/:till', async (request, reply) => {
    const { till } = request.params as { till: string };
    return reply.code(till === 'none' ? 404 : 200).send('');
  });
  app.get('/line', async () => '');
});

afterEach(() => app.close());

async function linesOf(name: string): Promise<readonly string[]> {
  return (await metrics.metrics()).split('\n').filter((line) => line.startsWith(name));
}

test('answers are counted by method, route and status, and once however often somebody looks', async () => {
  for (const path of ['/tills/1', '/tills/2', '/tills/none', '/nowhere']) await app.inject(path);
  await metrics.metrics();
  expect(await linesOf('fluxo_http_requests_total')).toEqual([
    'fluxo_http_requests_total{method="GET",route="/tills/:till",status="200"} 2',
    'fluxo_http_requests_total{method="GET",route="/tills/:till",status="404"} 1',
    'fluxo_http_requests_total{method="GET",route="unknown",status="404"} 1',
  ]);
});

test('times are a histogram: each bucket holds those before it, the last one all', async () => {
  for (let calls = 0; calls < 3; calls++) await app.inject('/tills/1');
  const text = await metrics.metrics();
  expect(text).toContain('# TYPE fluxo_http_request_duration_seconds histogram');
  const of = 'method="GET",route="/tills/:till"';
  expect(text).toContain(`fluxo_http_request_duration_seconds_bucket{le="+Inf",${of}} 3`);
  expect(text).toContain(`fluxo_http_request_duration_seconds_count{${of}} 3`);
  const counts = (await linesOf('fluxo_http_request_duration_seconds_bucket')).map((line) =>
    Number(line.split(' ').at(-1)),
  );
  expect(counts).toHaveLength(14);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
});

test('a line that was kept open is counted and not timed', async () => {
  await app.inject('/line');
  expect(await linesOf('fluxo_http_requests_total')).toHaveLength(1);
  expect(await linesOf('fluxo_http_request_duration_seconds')).toEqual([]);
});

test('a time belongs to the first bucket whose bound it does not exceed', () => {
  const tally = new RouteTally('GET', '/');
  for (const seconds of [0, 0.0005, 0.00051, 5, 5.1]) tally.time(seconds);
  const at = (le: number | '+Inf') => tally.buckets.find((bucket) => bucket.le === le)?.count;
  expect([at(0.0005), at(0.001), at(2.5), at(5), at('+Inf')]).toEqual([2, 3, 3, 4, 5]);
  expect(tally.seconds).toBeCloseTo(10.10101, 5);
});
