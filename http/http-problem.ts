/**
 * A reason for which an API gives no answer, as an error that becomes an `application/problem+json` answer (RFC 9457). Each API has a
 * table of its own reasons: what each is called for programs, which status it has, how it is titled.
 */
import type { BodyError, ParameterError, ProblemBody } from '@fluxo/schemas';

export type ProblemTable<Code extends string> = Readonly<
  Record<Code, { readonly status: number; readonly title: string }>
>;

/** What every API has to say, in the rows of its table. */
export const commonProblems = {
  'request-malformed': { status: 400, title: 'The request is not well-formed HTTP' },
  'route-unknown': { status: 404, title: 'There is nothing at this address' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'content-type-unknown': { status: 415, title: 'The body is not application/json' },
  'headers-too-large': { status: 431, title: 'The headers of the request are too large' },
  'internal-error': { status: 500, title: 'The service failed' },
  overloaded: { status: 503, title: 'The service has too much to do' },
} as const;

/** When a caller that got a 409 or 503 may try again. */
export const RETRY_AFTER_SECONDS = 1;

/** Reports failures that are ours: the request was right and there was no answer. */
export type FailureReporter = (error: unknown, requestId: string) => void;

export type ProblemOptions = {
  readonly errors?: readonly (ParameterError | BodyError)[];
  readonly cause?: unknown;
};

export class HttpProblem<Code extends string> extends Error {
  override readonly name = 'Problem';
  readonly code: Code;
  readonly status: number;
  readonly errors: readonly (ParameterError | BodyError)[];
  readonly #title: string;

  /** `detail` is for people: what happened, what it means, what to do. */
  constructor(
    table: ProblemTable<Code>,
    code: Code,
    detail: string,
    { errors = [], ...options }: ProblemOptions = {},
  ) {
    super(detail, options);
    const { status, title } = table[code];
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.#title = title;
  }

  toBody(requestId: string): ProblemBody<Code> {
    const { code, status, message: detail, errors } = this;
    const body = { type: 'about:blank', title: this.#title, status, code, detail, requestId } as const;
    return errors.length === 0 ? body : { ...body, errors };
  }
}
