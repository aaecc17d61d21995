/** GET /v1/operations/trails?merchant=[&submission=]: what became of a merchant's latest submissions, step by step, with the times that are known. */
import type { FastifyInstance } from 'fastify';
import { merchantSchema, type TrailsQuery, uuidSchema } from './parameters.ts';
import { looking, looks } from './permission.ts';
import { answersWith } from './responses.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'listTrails',
  tags: ['pipeline'],
  security: looking,
  summary: 'The way of the latest submissions of a merchant',
  description:
    'Found by reading the partition of the merchant backwards, so far and no further: at most ten, among the last 20,000 of the partition.',
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['merchant'],
    properties: {
      merchant: { ...merchantSchema, description: 'Whose.' },
      submission: { ...uuidSchema, description: 'Only those with this id, in lower case.' },
    },
  },
  response: answersWith('Trails'),
} as const;

type Route = { Querystring: TrailsQuery };

export function listTrailsRoute(app: FastifyInstance, { trails }: Services): void {
  app.get<Route>('/operations/trails', { schema, config: looks }, async ({ query }, reply) => {
    const { merchant: merchantId, submission = null } = query;
    return reply.send(await trails({ merchantId, submissionId: submission }));
  });
}
