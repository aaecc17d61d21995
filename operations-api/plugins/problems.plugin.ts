/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, parameters and bodies that fail validation,
 * addresses that do not exist, brokers that do not answer, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond the name or
 * place of a field.
 */
import {
  answerFrameworkErrors,
  bodyPointer,
  type Complaint,
  complaintDetail,
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
import { KafkaFailure, RegistryFailure } from '@fluxo/kafka';
import type { FastifyError, FastifyInstance } from 'fastify';
import { invalidBody, invalidParameter, Problem, pipelineUnavailable } from '../problems.ts';

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  registerProblemAnswers(app, { problemOf, validationProblem, own: ownProblem }, report);
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, routeUnknown()));
}

const frameworkDetails: Readonly<Record<FrameworkProblemCode, string>> = {
  'body-too-large': 'The body is larger than this address takes. Nothing was done.',
  'content-type-unknown': 'The body must be application/json, and say so in content-type. Nothing was done.',
  'request-malformed':
    'The request cannot be understood: its address cannot be decoded or is too long, or its body does not match its headers. Correct it and send it again.',
  'internal-error':
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it does no harm.',
};

function problemOf(error: FastifyError | Problem | JsonRefusal | KafkaFailure | RegistryFailure): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JsonRefusal) return invalidBody(error.pointer, error.message);
  const isLate = error.name === 'TimeoutError';
  if (isLate || error instanceof KafkaFailure || error instanceof RegistryFailure)
    return pipelineUnavailable(error);
  const code = frameworkProblemCode(error);
  return new Problem(code, frameworkDetails[code]);
}

function routeUnknown(): Problem {
  return new Problem(
    'route-unknown',
    'No resource has this address and method. /openapi.json lists those there are.',
  );
}

/** Ajv's first complaint as a problem that names the field. */
function validationProblem(complaint: Complaint, place: string): Problem {
  if (place === 'body') return invalidBody(bodyPointer(complaint), complaintDetail(complaint));
  return invalidParameter({ ...parameterOf(complaint, place), detail: complaintDetail(complaint) });
}

const ownProblem: ProblemOf = (code, detail) => new Problem(code, detail);

/** Answers what went wrong before routing, and bytes that never became a request. */
export const sendFrameworkProblem = answerFrameworkErrors(problemOf);
export const refuseConnection = refuseConnectionWith(ownProblem);
