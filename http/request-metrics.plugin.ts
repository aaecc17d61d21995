/**
 * Rate, errors and duration of every route, the same for all APIs: which one it is says whoever asks for the metrics. Our own few lines:
 * automatic instrumentation costs three times the request. Counted in plain numbers, and made Prometheus' figures when it asks.
 */
import { type Histogram, type Reading, type Registry, registerTalliedCounter } from '@fluxo/telemetry';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { RouteTallies, type RouteTally } from './route-tally.ts';

export type RequestMetricsOptions = {
  /** Routes that are lines kept open: they are counted, and how long they were open says nothing. */
  readonly isLine?: (route: string) => boolean;
  /** Told of every answer. */
  readonly onAnswer?: (reply: FastifyReply) => void;
};

export function registerRequestMetrics(
  app: FastifyInstance,
  metrics: Registry,
  { isLine = () => false, onAnswer = () => undefined }: RequestMetricsOptions = {},
): void {
  const tallies = new RouteTallies();
  const answers = {
    name: 'fluxo_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
  };
  registerTalliedCounter(metrics, answers, () => answersOf(tallies));
  metrics.registerMetric(timesHistogram(tallies));
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const tally = tallies.of(request.method, route);
    tally.count(reply.statusCode);
    if (!isLine(route)) tally.time(reply.elapsedTime / 1_000);
    onAnswer(reply);
    done();
  });
}

function* answersOf(tallies: RouteTallies): Generator<Reading> {
  for (const { method, route, statuses } of tallies.all())
    for (const [status, value] of statuses) yield { labels: { method, route, status }, value };
}

/**
 * A histogram that was counted elsewhere. prom-client's own class can only be told one time after the other; of what is registered with it a
 * registry asks no more than this, whatever its type says.
 */
function timesHistogram(tallies: RouteTallies): Histogram {
  const name = 'fluxo_http_request_duration_seconds';
  const help =
    'From the end of the request headers to the end of the answer; lines that are kept open are left out.';
  const get = async () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: tallies.all().flatMap((tally) => timesOf(name, tally)),
  });
  return { name, get, reset: () => undefined } as unknown as Histogram;
}

function timesOf(name: string, { method, route, buckets, seconds }: RouteTally) {
  const all = buckets.at(-1)?.count ?? 0;
  if (all === 0) return [];
  return [
    ...buckets.map(({ le, count }) => ({
      metricName: `${name}_bucket`,
      labels: { le, method, route },
      value: count,
    })),
    { metricName: `${name}_sum`, labels: { method, route }, value: seconds },
    { metricName: `${name}_count`, labels: { method, route }, value: all },
  ];
}
