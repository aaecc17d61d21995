/** GET /v1/operations/audit: how the latest round of the audit ended, as the audit says itself. */
import type { FastifyInstance } from 'fastify';
import { noQuerySchema } from './parameters.ts';
import { looking, looks } from './permission.ts';
import { answersWith } from './responses.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getAudit',
  tags: ['audit'],
  security: looking,
  summary: 'How the latest round of the audit ended',
  querystring: noQuerySchema,
  response: answersWith('Audit'),
} as const;

export function getAuditRoute(app: FastifyInstance, { audit }: Services): void {
  app.get('/operations/audit', { schema, config: looks }, async (_request, reply) =>
    reply.send(await audit()),
  );
}
