/** Counts requests by route and status and how long they took; how many lines to browsers there are; which circuits are open. */
import { Counter, Gauge, Histogram, type Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';

export function registerRequestMetrics(
  app: FastifyInstance,
  metrics: Registry,
  { live, entriesApi, queryApi, ledger }: Services,
): void {
  const registers = [metrics];
  const requests = new Counter({
    name: 'fluxo_bff_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'fluxo_bff_request_seconds',
    help: 'From the end of the request headers to the end of the answer; lines with live changes are left out.',
    labelNames: ['route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ route, status: reply.statusCode });
    if (!route.startsWith('/api/live/')) seconds.observe({ route }, reply.elapsedTime / 1_000);
    done();
  });
  const lines = new Gauge({
    name: 'fluxo_bff_live_lines',
    help: 'Browsers that are being told what changes.',
    registers: [],
    collect() {
      this.set(live.count);
    },
  });
  const circuits = new Gauge({
    name: 'fluxo_bff_circuit_open',
    help: '1: questions to the service are refused for a while, because too many have failed.',
    labelNames: ['upstream'],
    registers: [],
    collect() {
      for (const { title, isOpen } of [entriesApi, queryApi, ledger])
        this.set({ upstream: title }, Number(isOpen));
    },
  });
  for (const gauge of [lines, circuits]) metrics.registerMetric(gauge);
}
