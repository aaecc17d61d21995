/**
 * POST /v1/operations/rejections/{place}/replay: what the processor would say to the same bytes now and, unless it is a dry run, sending them if it would
 * accept them. The id is the original one, so whatever is repeated, by whomever, counts once.
 */
import type { FastifyInstance } from 'fastify';
import { placeIn } from '../place.ts';
import { rejectionUnknown } from '../problems.ts';
import { replayBody } from '../rejection-bodies.ts';
import { noQuerySchema, type PlaceParams, placeParamsSchema } from './parameters.ts';
import { replaying, replays } from './permission.ts';
import { answersToReplay } from './responses.ts';
import type { Services } from './services.ts';

/** Who sends it where sign-in is off. */
const NOBODY = 'nobody-signed-in';

const schema = {
  operationId: 'replayRejection',
  tags: ['rejections'],
  security: replaying,
  summary: 'Send a refused submission again, or say what would become of it',
  description:
    'The bytes are the original ones. Only what would be accepted is sent; repeating it adds nothing.',
  params: placeParamsSchema,
  querystring: noQuerySchema,
  body: { $ref: 'ReplayWish#' },
  response: answersToReplay('Replay'),
} as const;

type Route = { Params: PlaceParams; Body: { readonly dryRun: boolean } };

export function replayRejectionRoute(app: FastifyInstance, { rejections }: Services): void {
  app.post<Route>(
    '/operations/rejections/:place/replay',
    { schema, config: replays },
    async (request, reply) => {
      const { params, body, caller } = request;
      const found = await rejections.at(placeIn(params.place));
      if (found === null) throw rejectionUnknown(params.place);
      const step = await rejections.replay(found, { dryRun: body.dryRun, by: caller?.subject ?? NOBODY });
      const isSent = !body.dryRun && step.verdict.kind === 'accepted';
      return reply.send(replayBody(step, isSent));
    },
  );
}
