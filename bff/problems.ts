/**
 * Every reason of its own for which the page's back end gives no answer, in one table: what it is called for programs, which status it
 * has, how it is titled. What an API behind it refuses keeps the API's own code (`PassedOnProblem`).
 */
import { commonProblems, HttpProblem, type ProblemOptions } from '@fluxo/http';
import type { ParameterError, ProblemBody } from '@fluxo/schemas';

const problems = {
  ...commonProblems,
  'parameter-invalid': { status: 400, title: 'A parameter or header is not valid' },
  'sign-in-invalid': { status: 400, title: 'This sign-in does not count' },
  'signed-out': { status: 401, title: 'Nobody is signed in' },
  'origin-foreign': { status: 403, title: 'The request comes from another site' },
  'name-foreign': { status: 403, title: 'The request is signed with another name' },
  'operators-only': { status: 403, title: 'This is for operators' },
  'csrf-token-invalid': { status: 403, title: 'The CSRF token is missing or not of this session' },
  'page-missing': { status: 404, title: 'The page has not been built' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'too-many-live-connections': { status: 429, title: 'Too many live connections' },
  'session-unavailable': { status: 503, title: 'Sessions cannot be read now' },
  'sign-in-unavailable': { status: 503, title: 'The sign-in provider cannot be asked now' },
  'upstream-unavailable': { status: 503, title: 'A service behind this one cannot be asked now' },
} as const;

export type ProblemCode = keyof typeof problems;

export class Problem extends HttpProblem<ProblemCode> {
  constructor(code: ProblemCode, detail: string, options?: ProblemOptions) {
    super(problems, code, detail, options);
  }
}

/** What an API behind this one refused: its own words, under the name of the request that the caller made. */
export class PassedOnProblem extends Error {
  override readonly name = 'PassedOnProblem';
  readonly #body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail);
    this.#body = body;
  }

  get status(): number {
    return this.#body.status;
  }

  get code(): string {
    return this.#body.code;
  }

  toBody(requestId: string): ProblemBody {
    return { ...this.#body, requestId };
  }
}

export function invalidParameter(error: ParameterError): Problem {
  return new Problem(
    'parameter-invalid',
    `The ${error.in} parameter "${error.parameter}" ${error.detail}. Nothing was done; correct it and ask again.`,
    { errors: [error] },
  );
}

export function overloaded(): Problem {
  return new Problem(
    'overloaded',
    'More requests arrive than can be answered in time. Nothing was done; repeat this one after the time in Retry-After.',
  );
}

export function signedOut(): Problem {
  return new Problem(
    'signed-out',
    'There is no session, or it has ended. Sign in, and send the request again.',
  );
}

/** `what` is the service as people call it. */
export function upstreamUnavailable(what: string, cause?: unknown): Problem {
  return new Problem(
    'upstream-unavailable',
    `The ${what} cannot be asked now. If the request was to change something, whether it did is not known: repeat it after the time in Retry-After with the same Idempotency-Key.`,
    { cause },
  );
}

export function sessionUnavailable(cause: unknown): Problem {
  return new Problem(
    'session-unavailable',
    'Who is signed in cannot be read now, so nothing is shown. Nothing is wrong with the request; repeat it after the time in Retry-After.',
    { cause },
  );
}

export function signInUnavailable(cause: unknown): Problem {
  return new Problem(
    'sign-in-unavailable',
    'The sign-in provider cannot be asked now. Repeat the request after the time in Retry-After.',
    { cause },
  );
}
