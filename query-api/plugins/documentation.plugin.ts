/** The OpenAPI 3.1 document at `/openapi.json`, made from the routes' own schemas, and a page to read and try it at `/docs`. */
import swaggerUi from '@fastify/swagger-ui';
import { registerOpenApi } from '@fluxo/http';
import { securitySchemes } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';

export async function registerDocumentation(app: FastifyInstance): Promise<void> {
  await registerOpenApi(app, {
    title: 'Fluxo query API',
    description:
      'The daily cash balance of every merchant. Read only. Every answer says which revision it shows and when that was recorded; an unknown merchant is 404, never zero. Money is in minor units.',
    securitySchemes,
    tags: [
      { name: 'balances', description: 'Balance documents, one per merchant and business day.' },
      {
        name: 'ledger',
        description: 'What stands in the ledger, from Postgres: entries, proofs, closings.',
      },
      { name: 'reports', description: 'Documents of many days added up.' },
      { name: 'merchants', description: 'What is in force for a merchant.' },
    ],
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
}
