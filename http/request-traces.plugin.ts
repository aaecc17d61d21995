/**
 * A span for each request of a trace, the same for all APIs; where traces go nowhere it adds nothing. Our own few lines: automatic
 * instrumentation costs more than a request from memory does (decision 0030).
 */
import { isTracing, RequestSpan } from '@fluxo/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { operationsRoutes } from './operations.plugin.ts';

export type RequestTracesOptions = {
  /** Which requests are looked at: all, and a request of no trace may begin one; or only those that belong to a trace that is recorded. */
  readonly of: 'all' | 'recorded';
  /** Routes that are lines kept open: how long they were open says nothing. */
  readonly isLine?: (route: string) => boolean;
};

/** How a `traceparent` ends whose trace is recorded. */
const RECORDED = /-[0-9a-f][13579bdf]$/;

export function registerRequestTraces(
  app: FastifyInstance,
  { of, isLine = () => false }: RequestTracesOptions,
): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, RequestSpan>();
  app.addHook('onRequest', (request, _, done) => {
    const { traceparent } = request.headers;
    const parent = typeof traceparent === 'string' ? traceparent : '';
    if (of === 'recorded' && !RECORDED.test(parent)) return done();
    const route = request.routeOptions.url ?? 'unknown';
    if (operationsRoutes.has(route) || isLine(route)) return done();
    const span = new RequestSpan(request.method, route, parent);
    spans.set(request, span);
    span.within(done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    spans.get(request)?.end(reply.statusCode);
    done();
  });
}
