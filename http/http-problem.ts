/**
 * A reason for which an API gives no answer, as an error that becomes an `application/problem+json` answer (RFC 9457). Each API has a
 * table of its own reasons: what each is called for programs, which status it has, how it is titled.
 */
import type { BodyError, ParameterError, ProblemBody } from '@fluxo/schemas';

export type ProblemTable<Code extends string> = Readonly<
  Record<Code, { readonly status: number; readonly title: string }>
>;

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
