/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457). No answer carries a stack, a token, or what it was sent beyond
 * the name of a parameter.
 */
import {
  answerFrameworkErrors,
  type Complaint,
  complaintDetail,
  type FailureReporter,
  type FrameworkProblemCode,
  frameworkProblemCode,
  type ProblemOf,
  parameterOf,
  refuseConnectionWith,
  registerProblemAnswers,
} from '@fluxo/http';
import type { FastifyError, FastifyInstance } from 'fastify';
import { invalidParameter, PassedOnProblem, Problem } from '../problems.ts';

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  registerProblemAnswers(app, { problemOf, validationProblem, own: ownProblem }, report);
}

const frameworkDetails: Readonly<Record<FrameworkProblemCode, string>> = {
  'body-too-large': 'The body is larger than 64 KiB. Nothing was done.',
  'content-type-unknown': 'The body must be application/json, and say so in content-type. Nothing was done.',
  'request-malformed':
    'The request cannot be understood: its address cannot be decoded or is too long, or its body does not match its headers. Correct it and send it again.',
  'internal-error':
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it with the same Idempotency-Key does no harm.',
};

function problemOf(error: FastifyError | Problem | PassedOnProblem): Problem | PassedOnProblem {
  if (error instanceof Problem || error instanceof PassedOnProblem) return error;
  const code = frameworkProblemCode(error);
  return new Problem(code, frameworkDetails[code]);
}

export function routeUnknown(): Problem {
  return new Problem('route-unknown', 'No resource has this address and method.');
}

/** Ajv's first complaint as a problem that names the parameter. Bodies are not looked at here. */
function validationProblem(complaint: Complaint, place: string): Problem {
  return invalidParameter({ ...parameterOf(complaint, place), detail: complaintDetail(complaint) });
}

const ownProblem: ProblemOf = (code, detail) => new Problem(code, detail);

/** Answers what went wrong before routing, and bytes that never became a request. */
export const sendFrameworkProblem = answerFrameworkErrors(problemOf);
export const refuseConnection = refuseConnectionWith(ownProblem);
