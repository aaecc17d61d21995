/** What operators and their machines ask: `/livez` (the process runs), `/readyz` (send it traffic, or not), `/metrics` (Prometheus text). */
import type { Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export type OperationsOptions = {
  readonly metrics: Registry;
  readonly readiness: () => Promise<{ readonly ready: boolean }>;
};

export function registerOperations(app: FastifyInstance, { metrics, readiness }: OperationsOptions): void {
  const schema = { tags: ['operations'] };
  app.get('/livez', { schema: { ...schema, summary: 'Whether the process runs' } }, async () => ({
    live: true,
  }));
  app.get(
    '/readyz',
    { schema: { ...schema, summary: 'Whether it should be sent traffic' } },
    async (_, reply) => {
      const state = await readiness();
      return reply.code(state.ready ? 200 : 503).send(state);
    },
  );
  app.get('/metrics', { schema: { ...schema, summary: 'Figures for Prometheus' } }, async (_, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );
}
