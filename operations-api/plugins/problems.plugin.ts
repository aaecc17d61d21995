/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, parameters and bodies that fail validation,
 * addresses that do not exist, brokers that do not answer, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond the name or
 * place of a field.
 */
import {
  bodyPointer,
  type FailureReporter,
  JsonRefusal,
  type ProblemOf,
  refuseConnectionWith,
  registerProblemAnswers,
  sendProblem,
} from '@fluxo/http';
import { KafkaFailure, RegistryFailure } from '@fluxo/kafka';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { invalidBody, invalidParameter, Problem, pipelineUnavailable } from '../problems.ts';

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  registerProblemAnswers(app, { problemOf, validationProblem, own: ownProblem }, report);
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, routeUnknown()));
}

/** Fastify's errors before routing (an address that cannot be decoded or is too long). */
export function sendFrameworkProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void sendProblem(request, reply, problemOf(error));
}

function problemOf(error: FastifyError | Problem | JsonRefusal | KafkaFailure | RegistryFailure): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JsonRefusal) return invalidBody(error.pointer, error.message);
  const isLate = error.name === 'TimeoutError';
  if (isLate || error instanceof KafkaFailure || error instanceof RegistryFailure)
    return pipelineUnavailable(error);
  if (error.statusCode === 413)
    return new Problem('body-too-large', 'The body is larger than this address takes. Nothing was done.');
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
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it does no harm.',
  );
}

function routeUnknown(): Problem {
  return new Problem(
    'route-unknown',
    'No resource has this address and method. /openapi.json lists those there are.',
  );
}

/** Ajv's first complaint as a problem that names the field. */
function validationProblem(error: FastifySchemaValidationError | undefined, place: string): Problem {
  if (place === 'body') return invalidBody(bodyPointer(error), detailOf(error));
  const params = error?.params ?? {};
  const inside = params['additionalProperty'] ?? params['missingProperty'];
  const parameter = error?.instancePath.slice(1) || (typeof inside === 'string' ? inside : '');
  return invalidParameter({
    in: place === 'params' ? 'path' : 'query',
    parameter,
    detail: detailOf(error),
  });
}

const details: Readonly<Record<string, string>> = {
  additionalProperties: 'is not one this resource knows',
  required: 'is missing',
};

function detailOf(error: FastifySchemaValidationError | undefined): string {
  return details[error?.keyword ?? ''] ?? error?.message ?? 'is not valid';
}

const ownProblem: ProblemOf = (code, detail) => new Problem(code, detail);

/** Answers bytes that never became a request. */
export const refuseConnection = refuseConnectionWith(ownProblem);
