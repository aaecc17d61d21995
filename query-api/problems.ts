/**
 * Every reason for which the API gives no answer, in one table: what it is called for programs, which status it has, and how it
 * is titled. A `Problem` thrown anywhere in a route becomes an `application/problem+json` answer (RFC 9457) in
 * `plugins/problems.plugin.ts`.
 */
import { commonProblems, HttpProblem, type ProblemOptions } from '@fluxo/http';
import type { BodyError, ParameterError } from '@fluxo/schemas';

const problems = {
  ...commonProblems,
  'parameter-invalid': { status: 400, title: 'A parameter is not valid' },
  'range-invalid': { status: 400, title: 'The range of dates is not valid' },
  'cursor-invalid': { status: 400, title: 'The cursor does not belong to this question' },
  'body-invalid': { status: 400, title: 'The body is not valid' },
  'merchant-unknown': { status: 404, title: 'There is no such merchant' },
  'no-balance-yet': { status: 404, title: 'The merchant has no balance yet' },
  'entry-unknown': { status: 404, title: 'There is no such entry' },
  'account-unknown': { status: 404, title: 'The merchant has no such account' },
  'method-not-allowed': { status: 405, title: 'This API is read only' },
  'not-acceptable': { status: 406, title: 'There is no form that the Accept header takes' },
  'statement-too-long': { status: 422, title: 'The statement is too long for this form' },
  'sum-out-of-range': { status: 422, title: 'A sum is beyond what can be said exactly' },
  'view-unavailable': { status: 503, title: 'The balances cannot be read now' },
  'ledger-unavailable': { status: 503, title: 'The ledger cannot be read now' },
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
    `The ${error.in} parameter "${error.parameter}" ${error.detail}. Nothing was looked up; correct it and ask again.`,
    { errors: [error] },
  );
}

/** The same for a place in the body, named by an RFC 6901 pointer. */
export function invalidBody({ pointer, detail }: Pick<BodyError, 'pointer' | 'detail'>): Problem {
  const what = pointer === '' ? 'The body' : `"${pointer}" in the body`;
  return new Problem('body-invalid', `${what} ${detail}. Nothing was looked up; correct it and ask again.`, {
    errors: [{ in: 'body', pointer, detail }],
  });
}

export function merchantUnknown(merchantId: string): Problem {
  return new Problem(
    'merchant-unknown',
    `No configuration of merchant "${merchantId}" has been applied. Check the id; a merchant becomes known with its first MerchantConfigured.`,
  );
}

export function overloaded(): Problem {
  return new Problem(
    'overloaded',
    'More requests arrive than can be answered in time, so this one was not tried. Repeat it after the time in Retry-After, with growing pauses.',
  );
}

export function accountUnknown(accountId: string): Problem {
  return new Problem(
    'account-unknown',
    `The merchant's configuration has no account "${accountId}". Its accounts are in its own resource, /v1/merchants/{merchantId}.`,
  );
}

/** `entriesMax` is how many a statement in this form may have. */
export function statementTooLong(mediaType: string, entryCount: number, entriesMax: number): Problem {
  return new Problem(
    'statement-too-long',
    `The statement has ${entryCount} entries, and as ${mediaType} it may have ${entriesMax}: nobody reads more. Ask for fewer days or one account, or for another form.`,
  );
}
