/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, requests that fail validation,
 * addresses and methods that do not exist, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond
 * the name of a parameter.
 */
import { MoneyOverflowError } from '@fluxo/domain';
import {
  bodyPointer,
  type FailureReporter,
  JsonRefusal,
  type ProblemOf,
  refuseConnectionWith,
  registerProblemAnswers,
  sendProblem,
} from '@fluxo/http';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
  RouteOptions,
} from 'fastify';
import { invalidBody, invalidParameter, Problem } from '../problems.ts';
import { ViewUnavailableError } from '../views/balance-view.ts';
import { LedgerUnavailableError } from '../views/ledger-view.ts';
import { StatementsBusyError } from '../views/statement-view.ts';

/** RFC 10008 wants such a request refused, and Fastify does so before it looks whether the address exists. */
const QUERY_WITHOUT_TYPE = 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';
/** Which methods an address with this one answers. */
const methodsBeside: Readonly<Record<string, readonly string[]>> = { GET: ['GET', 'HEAD'], POST: ['POST'] };

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  registerProblemAnswers(app, { problemOf, validationProblem, own: ownProblem }, report);
  // Hardly a route has a use for a body, so none is read: whatever comes is judged by its address and method.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, routeUnknown()));
  app.addHook('onRoute', (route) => refuseOtherMethods(app, route));
}

/** Fastify's errors before routing (an address that cannot be decoded or is too long). */
export function sendFrameworkProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void sendProblem(request, reply, problemOf(error));
}

type Failure =
  | FastifyError
  | Problem
  | JsonRefusal
  | ViewUnavailableError
  | LedgerUnavailableError
  | StatementsBusyError
  | MoneyOverflowError;

function problemOf(error: Failure): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JsonRefusal) return invalidBody({ pointer: error.pointer, detail: error.message });
  if (error instanceof ViewUnavailableError)
    return new Problem(
      'view-unavailable',
      'No view can tell the balance now: they are being built, or the one behind cannot be reached. Nothing is wrong with the request; repeat it after the time in Retry-After.',
    );
  if (error instanceof LedgerUnavailableError)
    return new Problem(
      'ledger-unavailable',
      `Entries and history cannot be read now: ${error.message}. Balances are answered as ever. Nothing is wrong with the request; repeat it after the time in Retry-After.`,
    );
  if (error instanceof StatementsBusyError)
    return new Problem(
      'overloaded',
      `This statement was not begun: ${error.message}. Repeat it after the time in Retry-After; balances and entries are answered as ever.`,
    );
  if (error instanceof MoneyOverflowError)
    return new Problem(
      'sum-out-of-range',
      'What is added up here comes to more than ±9007199254740991 minor units, which many programs cannot hold exactly. Ask for a shorter range.',
    );
  if (error.statusCode === 413)
    return new Problem(
      'body-too-large',
      'The body is larger than this address takes. Ask for less at a time.',
    );
  if (error.statusCode === 415)
    return new Problem(
      'content-type-unknown',
      'The body must be application/json, and say so in content-type.',
    );
  if ((error.statusCode ?? 500) < 500 || error.code === QUERY_WITHOUT_TYPE)
    return new Problem(
      'request-malformed',
      'The request cannot be understood: its address cannot be decoded or is too long, or it has a body nobody asked for. Correct it and ask again.',
    );
  return new Problem(
    'internal-error',
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it does no harm.',
  );
}

function routeUnknown(): Problem {
  return new Problem('route-unknown', 'No resource has this address. /openapi.json lists those there are.');
}

/** Ajv's first complaint as a problem that names the parameter. */
function validationProblem(error: FastifySchemaValidationError | undefined, place: string): Problem {
  if (place === 'body') return invalidBody({ pointer: bodyPointer(error), detail: detailOf(error) });
  const where = place === 'params' ? 'path' : 'query';
  const params = error?.params ?? {};
  const named = error?.instancePath.slice(1) || params['additionalProperty'] || params['missingProperty'];
  return invalidParameter({ in: where, parameter: String(named), detail: detailOf(error) });
}

const details: Readonly<Record<string, string>> = {
  additionalProperties: 'is not one this resource knows',
  required: 'is missing',
  type: 'must be given exactly once',
};

function detailOf(error: FastifySchemaValidationError | undefined): string {
  return details[error?.keyword ?? ''] ?? `does not have its form: it ${error?.message ?? 'is not valid'}`;
}

/** Gives every address an answer to the methods it does not have: 405, before a body is read. */
function refuseOtherMethods(app: FastifyInstance, route: RouteOptions): void {
  const methods = methodsBeside[String(route.method)];
  if (methods === undefined) return;
  const others = app.supportedMethods.filter((method) => !methods.includes(method));
  const problem = new Problem(
    'method-not-allowed',
    `This address can be read with ${methods.join(' and ')} and nothing else. Entries are submitted elsewhere.`,
  );
  app.route({
    method: others,
    url: route.url,
    schema: { hide: true },
    onRequest: async (request, reply) =>
      sendProblem(request, reply.header('allow', methods.join(', ')), problem),
    handler: async () => undefined,
  });
}

const ownProblem: ProblemOf = (code, detail) => new Problem(code, detail);

/** Answers bytes that never became a request. */
export const refuseConnection = refuseConnectionWith(ownProblem);
