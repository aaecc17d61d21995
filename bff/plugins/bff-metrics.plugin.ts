/** What the page's back end shows of itself: what every API does, how many lines to browsers there are, and which circuits are open. */
import { registerRequestMetrics, registerRequestTraces } from '@fluxo/http';
import { Gauge, type Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';

export function registerBffMetrics(
  app: FastifyInstance,
  metrics: Registry,
  { live, upstreams }: Services,
): void {
  const isLine = (route: string): boolean => route.startsWith('/api/live/');
  registerRequestMetrics(app, metrics, { isLine });
  registerRequestTraces(app, { of: 'all', isLine });
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
      for (const { title, isOpen } of upstreams) this.set({ upstream: title }, Number(isOpen));
    },
  });
  for (const gauge of [lines, circuits]) metrics.registerMetric(gauge);
}
