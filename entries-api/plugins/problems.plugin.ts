/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, bodies and parameters that fail
 * validation, addresses that do not exist, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond the
 * name or place of a field.
 */
import type { Socket } from 'node:net';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { JsonRefusal } from '../json/strict-json.ts';
import {
  invalidBody,
  invalidParameter,
  Problem,
  type ProblemCode,
  RETRY_AFTER_SECONDS,
} from '../problems.ts';

const CONTENT_TYPE = 'application/problem+json';

/** Reports failures that are ours: the request was right and there was no answer. */
export type FailureReporter = (error: unknown, requestId: string) => void;

export function registerProblems(app: FastifyInstance, report: FailureReporter): void {
  app.setSchemaErrorFormatter((errors, place) => validationProblem(errors[0], place));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.code !== 'overloaded') report(error, request.id);
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, routeUnknown()));
  app.addHook('onRequest', (request, reply, done) => {
    if (hasTwoHosts(request.raw.rawHeaders)) sendProblem(request, reply, twoHosts());
    else done();
  });
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503 || problem.status === 409) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply
    .code(problem.status)
    .header('content-type', CONTENT_TYPE)
    .header('cache-control', 'no-store')
    .header('x-request-id', request.id)
    .send(Buffer.from(JSON.stringify(problem.toBody(request.id))));
}

/** Fastify's errors before routing (an address that cannot be decoded or is too long). */
export function sendFrameworkProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void sendProblem(request, reply, problemOf(error));
}

function problemOf(error: FastifyError | Problem | JsonRefusal): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JsonRefusal) return invalidBody(error.pointer, error.message);
  if (error.statusCode === 413)
    return new Problem(
      'body-too-large',
      'The body is larger than this address takes. Nothing was accepted; send less at a time.',
    );
  if (error.statusCode === 415)
    return new Problem(
      'content-type-unknown',
      'The body must be application/json, and say so in content-type. Nothing was accepted.',
    );
  if ((error.statusCode ?? 500) < 500)
    return new Problem(
      'request-malformed',
      'The request cannot be understood: its address cannot be decoded or is too long, or its body does not match its headers. Correct it and send it again.',
    );
  return new Problem(
    'internal-error',
    'The service failed in a way nobody foresaw; the logs name this request. Repeating it with the same Idempotency-Key does no harm.',
  );
}

/** Node keeps the first of several Host headers; a proxy before us may have believed the last (RFC 9112, 3.2). */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

function twoHosts(): Problem {
  return new Problem(
    'request-malformed',
    'The request names more than one host. Send exactly one Host header.',
  );
}

function routeUnknown(): Problem {
  return new Problem(
    'route-unknown',
    'No resource has this address and method. /openapi.json lists those there are.',
  );
}

/** Ajv's first complaint as a problem that names the field. */
export function validationProblem(error: FastifySchemaValidationError | undefined, place: string): Problem {
  const params = error?.params ?? {};
  const inside = params['additionalProperty'] ?? params['missingProperty'];
  const name = typeof inside === 'string' ? inside : '';
  if (place === 'body') {
    const step = name === '' ? '' : `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return invalidBody(`${error?.instancePath ?? ''}${step}`, detailOf(error));
  }
  const where = place === 'params' ? 'path' : place === 'headers' ? 'header' : 'query';
  return invalidParameter({
    in: where,
    parameter: error?.instancePath.slice(1) || name,
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

/** What a socket that does not speak HTTP is told before it is closed: by Node's error code. */
const protocolProblems: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Answers bytes that never became a request, then closes the connection; its neighbours are not touched. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = protocolProblems[error.code ?? ''] ?? 'request-malformed';
  const problem = new Problem(code, 'The request could not be read to its end. The connection is closed.');
  const body = problem.toBody('none');
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${body.title}\r\ncontent-type: ${CONTENT_TYPE}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
