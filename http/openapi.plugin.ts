/**
 * What every API says of itself: the schemas of its answers, and the OpenAPI 3.1 document at `/openapi.json`, made from the routes' own schemas. They are for
 * readers; answers are written as JSON, whatever the schemas say.
 */
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

type Components = NonNullable<NonNullable<FastifyDynamicSwaggerOptions['openapi']>['components']>;

type Description = {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly securitySchemes: NonNullable<Components['securitySchemes']>;
};

const operations = { name: 'operations', description: 'For those who run the service.' };

export async function registerOpenApi(
  app: FastifyInstance,
  { title, description, tags, securitySchemes }: Description,
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version: '1.0.0', description },
      components: { securitySchemes },
      tags: [...tags, operations],
    },
    refResolver: { buildLocalReference: (schema) => schema['$id'] as string },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

/** To be registered before the routes that name them. */
export function registerAnswerSchemas(app: FastifyInstance, schemas: readonly object[]): void {
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  for (const schema of schemas) app.addSchema(schema);
}

/** A refusal among the answers of a route. */
export function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } } as const;
}
