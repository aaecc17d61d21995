/** The OpenAPI 3.1 document at `/openapi.json`, made from the routes' own schemas. */
import swagger from '@fastify/swagger';
import { securitySchemes } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';

export async function registerDocumentation(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fluxo entries API',
        version: '1.0.0',
        description:
          'Entries, transfers, reversals, closings and settings, accepted at once and judged a moment later. Every request carries an Idempotency-Key; repeated with it, it is answered as it was first and counts once. Money is in minor units.',
      },
      components: { securitySchemes },
      tags: [
        { name: 'submissions', description: 'What is accepted, and what became of it.' },
        { name: 'operations', description: 'For those who run the service.' },
      ],
    },
    refResolver: { buildLocalReference: (schema) => schema['$id'] as string },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
