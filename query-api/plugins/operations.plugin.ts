/**
 * What operators and their machines ask: `/livez` (the process runs), `/readyz` (send it traffic, or not; with the positions of
 * the memory view as JSON either way) and `/metrics` (Prometheus text). None of it is shed under load.
 */

import type { Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export type Readiness = {
  readonly ready: boolean;
  /** Topic → partition → next offset the memory view will apply. */
  readonly positions: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

export type OperationsOptions = { readonly metrics: Registry; readonly readiness: () => Readiness };

export function registerOperations(app: FastifyInstance, { metrics, readiness }: OperationsOptions): void {
  const schema = { tags: ['operations'] };
  app.get('/livez', { schema: { ...schema, summary: 'Whether the process runs' } }, async () => ({
    live: true,
  }));
  app.get(
    '/readyz',
    { schema: { ...schema, summary: 'Whether it should be sent traffic, and how far it has read' } },
    async (_, reply) => {
      const state = readiness();
      return reply.code(state.ready ? 200 : 503).send(state);
    },
  );
  app.get('/metrics', { schema: { ...schema, summary: 'Figures for Prometheus' } }, async (_, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );
}
