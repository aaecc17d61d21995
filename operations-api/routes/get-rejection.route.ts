/** GET /v1/operations/rejections/{place}: one refusal, with the submission decoded as far as it can be, and its bytes. */
import type { FastifyInstance } from 'fastify';
import { placeIn } from '../place.ts';
import { rejectionUnknown } from '../problems.ts';
import { rejectionDetailBody } from '../rejection-bodies.ts';
import { noQuerySchema, type PlaceParams, placeParamsSchema } from './parameters.ts';
import { looking, looks } from './permission.ts';
import { answersAboutOne } from './responses.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getRejection',
  tags: ['rejections'],
  security: looking,
  summary: 'One rejection',
  params: placeParamsSchema,
  querystring: noQuerySchema,
  response: answersAboutOne('RejectionDetail'),
} as const;

type Route = { Params: PlaceParams };

export function getRejectionRoute(app: FastifyInstance, { rejections }: Services): void {
  app.get<Route>('/operations/rejections/:place', { schema, config: looks }, async ({ params }, reply) => {
    const found = await rejections.at(placeIn(params.place));
    if (found === null) throw rejectionUnknown(params.place);
    return reply.send(rejectionDetailBody(found));
  });
}
