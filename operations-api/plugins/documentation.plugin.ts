/** The OpenAPI 3.1 document at `/openapi.json`, made from the routes' own schemas. */
import { registerOpenApi } from '@fluxo/http';
import { securitySchemes } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';

export async function registerDocumentation(app: FastifyInstance): Promise<void> {
  await registerOpenApi(app, {
    title: 'Fluxo operations API',
    description:
      'For operators: how far each stage is, what was refused and why, sending it again, and what the audit found. Everything is about every merchant, so nobody else is answered.',
    securitySchemes,
    tags: [
      { name: 'pipeline', description: 'What the topics hold and how far their readers are.' },
      { name: 'rejections', description: 'What the processor refused.' },
      { name: 'audit', description: 'Whether what is published and shown equals what was submitted.' },
    ],
  });
}
