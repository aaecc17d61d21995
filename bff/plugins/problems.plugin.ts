/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457). No answer carries a stack, a token, or what it was sent beyond
 * the name of a parameter.
 */
import {
  type FailureReporter,
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
} from 'fastify';
import { invalidParameter, PassedOnProblem, Problem } from '../problems.ts';

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  registerProblemAnswers(app, { problemOf, validationProblem, own: ownProblem }, report);
}

/** Fastify's errors before routing (an address that cannot be decoded or is too long). */
export function sendFrameworkProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void sendProblem(request, reply, problemOf(error));
}

function problemOf(error: FastifyError | Problem | PassedOnProblem): Problem | PassedOnProblem {
  if (error instanceof Problem || error instanceof PassedOnProblem) return error;
  if (error.statusCode === 413)
    return new Problem('body-too-large', 'The body is larger than 64 KiB. Nothing was done.');
  if (error.statusCode === 415)
    return new Problem(
      'content-type-unknown',
      'The body must be application/json, and say so in content-type. Nothing was done.',
    );
  if ((error.statusCode ?? 500) < 500)
    return new Problem(
      'request-malformed',
      'The request cannot be understood: its address cannot be decoded or is too long, or its body does not match its headers. Correct it and send it again.',
    );
  return new Problem(
    'internal-error',
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it with the same Idempotency-Key does no harm.',
    { cause: error },
  );
}

export function routeUnknown(): Problem {
  return new Problem('route-unknown', 'No resource has this address and method.');
}

/** Ajv's first complaint as a problem that names the parameter. Bodies are not looked at here. */
function validationProblem(error: FastifySchemaValidationError | undefined, place: string): Problem {
  const params = error?.params ?? {};
  const inside = params['additionalProperty'] ?? params['missingProperty'];
  return invalidParameter({
    in: place === 'params' ? 'path' : place === 'headers' ? 'header' : 'query',
    parameter: error?.instancePath.slice(1) || (typeof inside === 'string' ? inside : ''),
    detail: details[error?.keyword ?? ''] ?? error?.message ?? 'is not valid',
  });
}

const details: Readonly<Record<string, string>> = {
  additionalProperties: 'is not one this resource knows',
  required: 'is missing',
};

const ownProblem: ProblemOf = (code, detail) => new Problem(code, detail);

/** Answers bytes that never became a request. */
export const refuseConnection = refuseConnectionWith(ownProblem);
