/**
 * Every reason for which the API gives no answer, in one table: what it is called for programs, which status it has, how it is titled.
 * A `Problem` thrown anywhere in a route becomes an `application/problem+json` answer (RFC 9457) in `plugins/problems.plugin.ts`.
 */
import { commonProblems, HttpProblem, type ProblemOptions } from '@fluxo/http';
import type { ParameterError } from '@fluxo/schemas';

const problems = {
  ...commonProblems,
  'parameter-invalid': { status: 400, title: 'A parameter is not valid' },
  'body-invalid': { status: 400, title: 'The body is not valid' },
  'rejection-unknown': { status: 404, title: 'There is no such rejection' },
  'replay-under-way': { status: 409, title: 'Another replay is being tried' },
  'replay-too-long': { status: 422, title: 'The partition is too long to be read here' },
  'pipeline-unavailable': { status: 503, title: 'Kafka or the schema registry cannot be asked now' },
} as const;

export type ProblemCode = keyof typeof problems;

export class Problem extends HttpProblem<ProblemCode> {
  constructor(code: ProblemCode, detail: string, options?: ProblemOptions) {
    super(problems, code, detail, options);
  }
}

export function invalidParameter(error: ParameterError): Problem {
  return new Problem(
    'parameter-invalid',
    `The ${error.in} parameter "${error.parameter}" ${error.detail}. Nothing was done; correct it and ask again.`,
    { errors: [error] },
  );
}

/** `pointer` is an RFC 6901 pointer into the body; `detail` the end of a sentence that begins with it. */
export function invalidBody(pointer: string, detail: string): Problem {
  const what = pointer === '' ? 'The body' : `"${pointer}" in the body`;
  return new Problem('body-invalid', `${what} ${detail}. Nothing was done; correct it and send it again.`, {
    errors: [{ in: 'body', pointer, detail }],
  });
}

export function rejectionUnknown(place: string): Problem {
  return new Problem(
    'rejection-unknown',
    `There is no rejection at ${place}. The topic keeps them for 90 days; the list shows those there are.`,
  );
}

export function overloaded(): Problem {
  return new Problem(
    'overloaded',
    'More requests arrive than can be answered in time. Nothing was done; repeat this one after the time in Retry-After.',
  );
}

export function pipelineUnavailable(cause: unknown): Problem {
  return new Problem(
    'pipeline-unavailable',
    'Kafka or the schema registry cannot be asked now. Nothing is wrong with the request; repeat it after the time in Retry-After. A replay that was under way may have been sent: repeating it adds nothing.',
    { cause },
  );
}
