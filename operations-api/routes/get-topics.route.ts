/** GET /v1/operations/topics: what the topics hold, how far each group is, and how far it was in the last hour. From memory: asking often costs the brokers nothing. */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems.ts';
import { noQuerySchema } from './parameters.ts';
import { looking, looks } from './permission.ts';
import { answersWith } from './responses.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getTopics',
  tags: ['pipeline'],
  security: looking,
  summary: 'Topics, groups and lag, now and over the last hour',
  querystring: noQuerySchema,
  response: answersWith('Pipeline'),
} as const;

export function getTopicsRoute(app: FastifyInstance, { watch }: Services): void {
  app.get('/operations/topics', { schema, config: looks }, async (_request, reply) => {
    const { body } = watch;
    if (body === null)
      throw new Problem(
        'pipeline-unavailable',
        'The brokers have not answered since this service was started, so nothing is known yet. Repeat the request after the time in Retry-After.',
      );
    return reply.send(body);
  });
}
