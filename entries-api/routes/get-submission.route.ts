/** GET /v1/merchants/{merchantId}/submissions/{submissionId}: what became of a submission that was accepted here. */
import { securityOf } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems.ts';
import { bodyOf } from './accept.ts';
import { submissionParams } from './parameters.ts';
import { stateResponses } from './responses.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getSubmission',
  summary: 'What became of a submission',
  tags: ['submissions'],
  security: securityOf('entries:write'),
  params: submissionParams,
  response: stateResponses,
} as const;

type Route = { Params: { merchantId: string; submissionId: string } };

export function getSubmissionRoute(app: FastifyInstance, { store }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/submissions/:submissionId',
    { schema, config: { scope: 'entries:write' } },
    async (request, reply) => {
      const { merchantId, submissionId } = request.params;
      const state = await store.stateOf(merchantId, submissionId);
      if (state === null)
        throw new Problem(
          'submission-unknown',
          'No submission of this id was accepted here for this merchant in the last 90 days. What tills send themselves is in the ledger.',
        );
      return reply.header('cache-control', 'no-store').send(bodyOf(merchantId, submissionId, state));
    },
  );
}
