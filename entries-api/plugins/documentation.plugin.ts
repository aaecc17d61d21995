/** The OpenAPI 3.1 document at `/openapi.json`, made from the routes' own schemas. */
import { registerOpenApi } from '@fluxo/http';
import { securitySchemes } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';

export async function registerDocumentation(app: FastifyInstance): Promise<void> {
  await registerOpenApi(app, {
    title: 'Fluxo entries API',
    description:
      'Entries, transfers, reversals, closings and settings, accepted at once and judged a moment later. Every request carries an Idempotency-Key; repeated with it, it is answered as it was first and counts once. Money is in minor units.',
    securitySchemes,
    tags: [{ name: 'submissions', description: 'What is accepted, and what became of it.' }],
  });
}
