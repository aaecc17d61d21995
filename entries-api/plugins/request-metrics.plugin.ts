/** Counts requests by route and status and how long they took. */
import { Counter, Histogram, type Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export function registerRequestMetrics(app: FastifyInstance, metrics: Registry): void {
  const requests = new Counter({
    name: 'fluxo_entries_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'status'],
    registers: [metrics],
  });
  const seconds = new Histogram({
    name: 'fluxo_entries_request_seconds',
    help: 'From the end of the request headers to the end of the answer.',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [metrics],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1_000);
    done();
  });
}
