/** The answers of the routes, for the OpenAPI document. */
import { problemResponse as problem } from '@fluxo/http';

function submission(description: string) {
  return { description, content: { 'application/json': { schema: { $ref: 'Submission#' } } } } as const;
}

const unavailable = problem('Nothing can be said or accepted now; try again after Retry-After seconds.');

const refused = {
  401: problem('The access token is missing or does not count.'),
  403: problem('The access token is not for this.'),
} as const;

/** Why nothing was accepted, whatever was to be submitted. */
export const submitRefusals = {
  400: problem('The body, a parameter or the Idempotency-Key is missing or not of its form.'),
  ...refused,
  404: problem('No merchant of the caller has this id.'),
  409: problem('The first request with this key is not answered yet.'),
  413: problem('The body is too large.'),
  415: problem('The body is not application/json.'),
  422: problem('The key stands for another request.'),
  503: unavailable,
} as const;

export const submitResponses = {
  201: submission('The ledger shows it (only with Prefer: wait).'),
  202: submission(
    'Go by `state`, not by the status: `accepted` is not judged yet, and what comes of it is at `status`; `duplicate` was in the ledger before; ' +
      '`rejected` was refused, see `code` (the last two only with Prefer: wait). The key keeps this answer: what was refused is sent corrected with a new key and the same entry id.',
  ),
  ...submitRefusals,
} as const;

export const stateResponses = {
  200: submission('What became of it.'),
  400: problem('The address is not of its form.'),
  ...refused,
  404: problem('No merchant of the caller has this id, or no such submission was accepted here.'),
  503: unavailable,
} as const;
