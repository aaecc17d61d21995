/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, requests that fail validation,
 * addresses and methods that do not exist, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond
 * the name of a parameter.
 */
import { MoneyOverflowError } from '@fluxo/domain';
import {
  answerFrameworkErrors,
  bodyPointer,
  type Complaint,
  type FailureReporter,
  type FrameworkProblemCode,
  frameworkProblemCode,
  JsonRefusal,
  type ProblemOf,
  parameterOf,
  refuseConnectionWith,
  registerProblemAnswers,
  sendProblem,
} from '@fluxo/http';
import type { FastifyError, FastifyInstance, RouteOptions } from 'fastify';
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

type Failure =
  | FastifyError
  | Problem
  | JsonRefusal
  | ViewUnavailableError
  | LedgerUnavailableError
  | StatementsBusyError
  | MoneyOverflowError;

const frameworkDetails: Readonly<Record<FrameworkProblemCode, string>> = {
  'body-too-large': 'The body is larger than this address takes. Ask for less at a time.',
  'content-type-unknown': 'The body must be application/json, and say so in content-type.',
  'request-malformed':
    'The request cannot be understood: its address cannot be decoded or is too long, or it has a body nobody asked for. Correct it and ask again.',
  'internal-error':
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it does no harm.',
};

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
  const code = error.code === QUERY_WITHOUT_TYPE ? 'request-malformed' : frameworkProblemCode(error);
  return new Problem(code, frameworkDetails[code]);
}

function routeUnknown(): Problem {
  return new Problem('route-unknown', 'No resource has this address. /openapi.json lists those there are.');
}

/** Ajv's first complaint as a problem that names the parameter. */
function validationProblem(complaint: Complaint, place: string): Problem {
  const detail = detailOf(complaint);
  if (place === 'body') return invalidBody({ pointer: bodyPointer(complaint), detail });
  return invalidParameter({ ...parameterOf(complaint, place), detail });
}

const details: Readonly<Record<string, string>> = {
  additionalProperties: 'is not one this resource knows',
  required: 'is missing',
  type: 'must be given exactly once',
};

function detailOf(complaint: Complaint): string {
  return (
    details[complaint?.keyword ?? ''] ?? `does not have its form: it ${complaint?.message ?? 'is not valid'}`
  );
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

/** Answers what went wrong before routing, and bytes that never became a request. */
export const sendFrameworkProblem = answerFrameworkErrors(problemOf);
export const refuseConnection = refuseConnectionWith(ownProblem);
