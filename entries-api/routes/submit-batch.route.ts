/**
 * POST /v1/merchants/{merchantId}/entries:batch: up to 500 entries, each judged by itself, with a result for each. Those that are right
 * are accepted together, in the order given; those that are not say why, and nothing of them is kept.
 */
import { securityOf } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';
import { validationProblem } from '../plugins/problems.plugin.ts';
import { invalidBody, Problem } from '../problems.ts';
import { entryFields, type Fields } from '../submissions/bodies.ts';
import { type NewSubmission, newSubmission } from '../submissions/new-submission.ts';
import { accept, bodyOf, send } from './accept.ts';
import { merchantParams, submitHeaders } from './parameters.ts';
import { submitRefusals } from './responses.ts';
import type { Services } from './services.ts';

/** 500 entries with the longest texts. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;

const schema = {
  operationId: 'submitEntries',
  summary: 'Up to 500 entries, with a result for each',
  tags: ['submissions'],
  security: securityOf('entries:write'),
  headers: submitHeaders,
  params: merchantParams,
  body: { $ref: 'EntryBatch#' },
  response: {
    207: {
      description: 'In the order given: a submission with 202, or a problem with its status, at each place.',
      type: 'object',
      additionalProperties: true,
    },
    ...submitRefusals,
  },
} as const;

/** One object for all requests: what is compiled for a schema is found again by its identity, and kept as long as the process lives. */
const entrySchema = { $ref: 'NewEntry#' } as const;

type Route = { Params: { merchantId: string }; Body: { readonly entries: readonly unknown[] } };

type Judge = (entry: unknown) => Problem | null;

export function submitBatchRoute(app: FastifyInstance, services: Services): void {
  app.post<Route>(
    '/merchants/:merchantId/entries::batch',
    { schema, bodyLimit: BODY_BYTES_MAX, config: { scope: 'entries:write' } },
    async (request, reply) => {
      const { merchantId } = request.params;
      const validate = request.compileValidationSchema(entrySchema);
      const judge: Judge = (entry) =>
        validate(entry) ? null : validationProblem(validate.errors?.[0] as never, 'body');
      const results: (NewSubmission | Problem)[] = [];
      for (const entry of request.body.entries) {
        const result = await submissionOf(services, merchantId, entry, judge);
        results.push(results.some((other) => hasSameId(other, result)) ? idTwice() : result);
      }
      const body = { results: results.map((each) => resultOf(each, merchantId, request.id)) };
      const submissions = results.filter((each): each is NewSubmission => !(each instanceof Problem));
      const what = { answer: { status: 207, body }, submissions, waitMs: 0 };
      return send(reply, (await accept(services, request, what)).answer);
    },
  );
}

async function submissionOf(
  { currencies, nowMs }: Services,
  merchantId: string,
  entry: unknown,
  judge: Judge,
): Promise<NewSubmission | Problem> {
  const problem = judge(entry);
  if (problem !== null) return problem;
  try {
    const fields = entryFields(merchantId, entry as Fields);
    const { accountId, currency } = entry as { accountId: string; currency: string };
    const refusal = await currencies.refusalOf(merchantId, accountId, currency);
    return refusal ?? newSubmission('EntrySubmitted', fields, nowMs());
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return error;
    throw error;
  }
}

function hasSameId(one: NewSubmission | Problem, other: NewSubmission | Problem): boolean {
  return !(one instanceof Problem) && !(other instanceof Problem) && one.id === other.id;
}

/** What became of two of one id and one moment could not be told apart: the one that counts would speak for the other. */
function idTwice(): Problem {
  return invalidBody('/entryId', 'is that of an entry before it in this batch');
}

function resultOf(result: NewSubmission | Problem, merchantId: string, requestId: string): object {
  if (result instanceof Problem) return result.toBody(requestId);
  const body = bodyOf(merchantId, result.id, { type: result.type, state: 'accepted' });
  return { status: 202, submission: body };
}
