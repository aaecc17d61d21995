/**
 * Why a request is not let through, in one table: the code for programs, the status, and the challenge of RFC 6750 section 3 that goes into
 * WWW-Authenticate. No text of these answers repeats anything that the caller sent, least of all a token.
 */
import type { ProblemBody } from '@fluxo/schemas';

const refusals = {
  'token-missing': { status: 401, title: 'An access token is needed', challenge: '' },
  'token-invalid': { status: 401, title: 'The access token does not count', challenge: 'invalid_token' },
  'scope-missing': {
    status: 403,
    title: 'The access token is not for this',
    challenge: 'insufficient_scope',
  },
  'operators-only': { status: 403, title: 'This is for operators', challenge: 'insufficient_scope' },
  'sign-in-unavailable': { status: 503, title: 'Access tokens cannot be checked now', challenge: '' },
} as const;

export type AccessErrorCode = keyof typeof refusals;

export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code: AccessErrorCode;
  readonly #scope: string | undefined;

  /** `message` is for people: what happened, what it means, what to do. `scope` is what would have been needed. */
  constructor(
    code: AccessErrorCode,
    message: string,
    options: ErrorOptions & { readonly scope?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.#scope = options.scope;
  }

  get status(): 401 | 403 | 503 {
    return refusals[this.code].status;
  }

  /** Headers that go with the answer, beside those of every problem. */
  get headers(): Readonly<Record<string, string>> {
    if (this.status === 503) return {};
    const { challenge } = refusals[this.code];
    const parts = ['realm="fluxo"'];
    if (challenge !== '') parts.push(`error="${challenge}"`);
    if (this.#scope !== undefined) parts.push(`scope="${this.#scope}"`);
    return { 'www-authenticate': `Bearer ${parts.join(', ')}` };
  }

  /** The body of the answer (RFC 9457). */
  toBody(requestId: string): ProblemBody<AccessErrorCode> {
    const { title, status } = refusals[this.code];
    return { type: 'about:blank', title, status, code: this.code, detail: this.message, requestId };
  }
}

export function tokenInvalid(why: string, cause?: unknown): AccessError {
  return new AccessError(
    'token-invalid',
    `The access token ${why}. Sign in again, or ask the provider for a new one.`,
    {
      cause,
    },
  );
}
