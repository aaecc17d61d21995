/** The OpenAPI 3.1 document at `/openapi.json`, made from the routes' own schemas. */
import swagger from '@fastify/swagger';
import { securitySchemes } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';

export async function registerDocumentation(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fluxo operations API',
        version: '1.0.0',
        description:
          'For operators: how far each stage is, what was refused and why, sending it again, and what the audit found. Everything is about every merchant, so nobody else is answered.',
      },
      components: { securitySchemes },
      tags: [
        { name: 'pipeline', description: 'What the topics hold and how far their readers are.' },
        { name: 'rejections', description: 'What the processor refused.' },
        { name: 'audit', description: 'Whether what is published and shown equals what was submitted.' },
        { name: 'operations', description: 'For those who run the service.' },
      ],
    },
    refResolver: { buildLocalReference: (schema) => schema['$id'] as string },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
