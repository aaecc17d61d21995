/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, requests that fail validation,
 * addresses and methods that do not exist, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond
 * the name of a parameter.
 */
import {
  type FailureReporter,
  type ProblemOf,
  refuseConnectionWith,
  refuseTwoHosts,
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
import { invalidParameter, Problem } from '../problems.ts';
import { ViewUnavailableError } from '../views/balance-view.ts';

/** RFC 10008 wants such a request refused, and Fastify does so before it looks whether the address exists. */
const QUERY_WITHOUT_TYPE = 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';
const READ_METHODS = ['GET', 'HEAD'];

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  app.setSchemaErrorFormatter((errors, place) => validationProblem(errors[0], place));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.code !== 'overloaded') report(error, request.id);
    return sendProblem(request, reply, problem);
  });
  // Nothing here has a use for a body, so none is read: whatever comes is judged by its address and method.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, routeUnknown()));
  refuseTwoHosts(app, ownProblem);
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

function problemOf(error: FastifyError | Problem | ViewUnavailableError): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ViewUnavailableError)
    return new Problem(
      'view-unavailable',
      'No view can tell the balance now: they are being built, or the one behind cannot be reached. Nothing is wrong with the request; repeat it after the time in Retry-After.',
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

/** Gives every readable address an answer to all other methods: 405, before a body is read. */
function refuseOtherMethods(app: FastifyInstance, route: RouteOptions): void {
  if (route.method !== 'GET') return;
  const others = app.supportedMethods.filter((method) => !READ_METHODS.includes(method));
  const problem = new Problem(
    'method-not-allowed',
    'This address can be read with GET and HEAD and nothing else. Entries are submitted elsewhere.',
  );
  app.route({
    method: others,
    url: route.url,
    schema: { hide: true },
    onRequest: async (request, reply) => sendProblem(request, reply.header('allow', 'GET, HEAD'), problem),
    handler: async () => undefined,
  });
}

const ownProblem: ProblemOf = (code, detail) => new Problem(code, detail);

/** Answers bytes that never became a request. */
export const refuseConnection = refuseConnectionWith(ownProblem);
