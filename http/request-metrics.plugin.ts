/**
 * Rate, errors and duration of every route, the same for all APIs: which one it is says whoever asks for the metrics. Our own few lines:
 * automatic instrumentation costs three times the request.
 */
import { Counter, Histogram, type Registry } from '@fluxo/telemetry';
import type { FastifyInstance, FastifyReply } from 'fastify';

export type RequestMetricsOptions = {
  /** Routes that are lines kept open: they are counted, and how long they were open says nothing. */
  readonly isLine?: (route: string) => boolean;
  /** Told of every answer. */
  readonly onAnswer?: (reply: FastifyReply) => void;
};

const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function registerRequestMetrics(
  app: FastifyInstance,
  metrics: Registry,
  { isLine = () => false, onAnswer = () => undefined }: RequestMetricsOptions = {},
): void {
  const requests = new Counter({
    name: 'fluxo_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers: [metrics],
  });
  const seconds = new Histogram({
    name: 'fluxo_http_request_duration_seconds',
    help: 'From the end of the request headers to the end of the answer; lines that are kept open are left out.',
    labelNames: ['method', 'route'],
    buckets: BUCKETS_S,
    registers: [metrics],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ method, route, status: reply.statusCode });
    if (!isLine(route)) seconds.observe({ method, route }, reply.elapsedTime / 1_000);
    onAnswer(reply);
    done();
  });
}
