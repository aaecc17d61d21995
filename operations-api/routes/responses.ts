/** The answers of the routes, for the OpenAPI document. */
import { problemResponse as problem } from '@fluxo/http';

/** The responses of a route whose answer is the schema of this name. */
export function answersWith(schemaId: string) {
  return {
    200: {
      description: 'The answer.',
      content: { 'application/json': { schema: { $ref: `${schemaId}#` } } },
    },
    400: problem('A parameter or the body is missing, unknown or not of its form.'),
    401: problem('The access token is missing or does not count.'),
    403: problem('The access token does not have the scope, or is not an operator’s.'),
    500: problem('The service failed; the logs name the request.'),
    503: problem('Kafka or the schema registry cannot be asked now; try again after Retry-After seconds.'),
  } as const;
}

/** The same of a route about one rejection. */
export function answersAboutOne(schemaId: string) {
  return { ...answersWith(schemaId), 404: problem('There is no such rejection.') } as const;
}

/** The same of a route that replays. */
export function answersToReplay(schemaId: string) {
  return {
    ...answersAboutOne(schemaId),
    409: problem('Another replay is being tried; try again after Retry-After seconds.'),
    413: problem('The body is too large.'),
    415: problem('The body is not application/json.'),
    422: problem('The partition is too long to be read here: use the command.'),
  } as const;
}
