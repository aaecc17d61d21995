/**
 * Turns whatever goes wrong into `application/problem+json` (RFC 9457): problems thrown by routes, requests that fail validation,
 * addresses and methods that do not exist, bytes that are no HTTP. No answer carries a stack or repeats what it was sent beyond
 * the name of a parameter.
 */
import type { Socket } from 'node:net';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
  RouteOptions,
} from 'fastify';
import { invalidParameter, Problem, type ProblemCode, RETRY_AFTER_SECONDS } from '../problems.ts';
import { ViewUnavailableError } from '../views/balance-view.ts';

const CONTENT_TYPE = 'application/problem+json';
/** RFC 10008 wants such a request refused, and Fastify does so before it looks whether the address exists. */
const QUERY_WITHOUT_TYPE = 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';
const READ_METHODS = ['GET', 'HEAD'];

/** Reports failures that are ours: the request was right and there was no answer. */
export type FailureReporter = (error: unknown, requestId: string) => void;

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
  app.addHook('onRequest', (request, reply, done) => {
    if (hasTwoHosts(request.raw.rawHeaders)) sendProblem(request, reply, twoHosts());
    else done();
  });
  app.addHook('onRoute', (route) => refuseOtherMethods(app, route));
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
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
