/**
 * Every reason for which the API does not accept, in one table: what it is called for programs, which status it has, how it is titled.
 * A `Problem` thrown anywhere in a route becomes an `application/problem+json` answer (RFC 9457) in `plugins/problems.plugin.ts`.
 */
import { commonProblems, HttpProblem, type ProblemOptions } from '@fluxo/http';
import type { ParameterError } from '@fluxo/schemas';

const problems = {
  ...commonProblems,
  'parameter-invalid': { status: 400, title: 'A parameter or header is not valid' },
  'body-invalid': { status: 400, title: 'The body is not valid' },
  'idempotency-key-missing': { status: 400, title: 'The Idempotency-Key is missing' },
  'merchant-unknown': { status: 404, title: 'No such merchant' },
  'submission-unknown': { status: 404, title: 'No such submission was accepted here' },
  'request-in-flight': { status: 409, title: 'The first request with this key is not answered yet' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key stands for another request' },
  'database-unavailable': { status: 503, title: 'Nothing can be accepted now' },
} as const;

export type ProblemCode = keyof typeof problems;

export class Problem extends HttpProblem<ProblemCode> {
  constructor(code: ProblemCode, detail: string, options?: ProblemOptions) {
    super(problems, code, detail, options);
  }
}

/** The answer for every merchant that is not the caller's, whether or not there is one of that name. */
export function merchantUnknown(merchantId: string): Problem {
  return new Problem(
    'merchant-unknown',
    `There is no merchant "${merchantId}" among those the access token is for. Check the id, or sign in as somebody who may enter for it.`,
  );
}

export function overloaded(): Problem {
  return new Problem(
    'overloaded',
    'More requests arrive than can be accepted in time, so this one was not tried. Repeat it with the same Idempotency-Key after the time in Retry-After, with growing pauses.',
  );
}

export function invalidParameter(error: ParameterError): Problem {
  return new Problem(
    'parameter-invalid',
    `The ${error.in} parameter "${error.parameter}" ${error.detail}. Nothing was accepted; correct it and send the request again.`,
    { errors: [error] },
  );
}

/** `pointer` is an RFC 6901 pointer into the body; `detail` the end of a sentence that begins with it. */
export function invalidBody(pointer: string, detail: string): Problem {
  const what = pointer === '' ? 'The body' : `"${pointer}" in the body`;
  return new Problem(
    'body-invalid',
    `${what} ${detail}. Nothing was accepted; correct it and send the request again.`,
    { errors: [{ in: 'body', pointer, detail }] },
  );
}
