/** The answers every route can give, for the OpenAPI document. They are not used to write answers: those are text already. */
import { problemResponse as problem } from '@fluxo/http';
import { answerHeaders } from './send-representation.ts';

/** The responses of a route whose answer is the schema of this name. */
export function answersWith(schemaId: string) {
  return {
    200: {
      description: 'The answer.',
      headers: answerHeaders,
      content: { 'application/json': { schema: { $ref: `${schemaId}#` } } },
    },
    304: { description: 'The caller has it already (If-None-Match).', type: 'null', headers: answerHeaders },
    400: problem('A parameter is missing, unknown, given twice or not of its form.'),
    401: problem('There is no access token, or it does not count: WWW-Authenticate says which.'),
    403: problem('The access token does not have the scope balances:read.'),
    404: problem(
      'merchant-unknown, also for a merchant that is not the caller’s; no-balance-yet where the latest balance was asked for; entry-unknown; account-unknown.',
    ),
    422: problem(
      'sum-out-of-range, where documents are added up; statement-too-long, where a form has an end.',
    ),
    500: problem('The service failed; the logs name the request.'),
    503: problem('It cannot be read now; try again after Retry-After seconds.'),
  } as const;
}

/** The same of a route that takes a body: it has no entity tags, and bodies have their own ways to be wrong. */
export function answersToBody(schemaId: string) {
  const { 200: answer, 304: _unchanged, ...problems } = answersWith(schemaId);
  const { headers: _headers, ...plain } = answer;
  return {
    200: plain,
    ...problems,
    413: problem('The body is too large.'),
    415: problem('The body is not application/json.'),
  } as const;
}

/** The same of a route whose answer comes in several forms, of which JSON is the schema of this name. */
export function answersInForms(schemaId: string, mediaTypes: readonly string[]) {
  const { 200: answer, ...others } = answersWith(schemaId);
  const text = { schema: { type: 'string' } } as const;
  const forms = Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, text]));
  return {
    200: { ...answer, content: { ...forms, ...answer.content } },
    ...others,
    406: problem('Accept takes none of the forms there are.'),
  } as const;
}
