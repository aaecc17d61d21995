/**
 * What operators and their machines ask: `/livez` (the process runs), `/readyz` (send it traffic, or not, with what the API says of its
 * state as JSON either way) and `/metrics` (Prometheus text). None of it is shed under load.
 */
import { type Registry, registerReadiness } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export type Readiness = { readonly ready: boolean };

export type OperationsOptions<State extends Readiness = Readiness> = {
  readonly metrics: Registry;
  readonly readiness: () => State | Promise<State>;
};

/** What operators' machines ask every few seconds: no trace begins with it, and no load keeps it from being answered. */
export const operationsRoutes: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** `readyzSummary` is what the document says of `/readyz`. */
export function registerOperations(
  app: FastifyInstance,
  { metrics, readiness }: OperationsOptions,
  readyzSummary = 'Whether it should be sent traffic',
): void {
  registerReadiness(metrics, readiness);
  const schema = { tags: ['operations'] };
  app.get('/livez', { schema: { ...schema, summary: 'Whether the process runs' } }, async () => ({
    live: true,
  }));
  const response = {
    200: stateSchema('It does its work.'),
    503: stateSchema('It does not, or not yet: send it no traffic.'),
  };
  app.get('/readyz', { schema: { ...schema, summary: readyzSummary, response } }, async (_, reply) => {
    const state = await readiness();
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  app.get('/metrics', { schema: { ...schema, summary: 'Figures for Prometheus' } }, async (_, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );
}

/** What the API says of its state is its own. */
function stateSchema(description: string) {
  return {
    description,
    type: 'object',
    required: ['ready'],
    properties: { ready: { type: 'boolean' } },
    additionalProperties: true,
  } as const;
}
