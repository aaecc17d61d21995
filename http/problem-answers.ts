/** How problems are told: over HTTP, and on a socket whose bytes never became a request. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Complaint } from './complaint.ts';
import { type FailureReporter, RETRY_AFTER_SECONDS } from './http-problem.ts';

/** RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';

/** What a socket that does not speak HTTP is told before it is closed: by Node's error code. */
const protocolProblems = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
} as const;

type ProtocolProblemCode = (typeof protocolProblems)[keyof typeof protocolProblems] | 'request-malformed';

/** A problem, as far as telling it needs to know. */
export type Told = {
  readonly status: number;
  toBody(requestId: string): { readonly status: number; readonly title: string };
};

/** How an API makes a problem of its own of what every API may have to say. */
export type ProblemOf = (code: ProtocolProblemCode, detail: string) => Told;

/** How an API turns what went wrong into a problem of its own. */
export type ProblemAnswers = {
  readonly problemOf: (error: FastifyError) => Told & { readonly code: string };
  /** Of the first complaint about a request that fails validation, and where it is: `body`, `params`, `querystring`, `headers`. */
  readonly validationProblem: (complaint: Complaint, place: string) => Error;
  readonly own: ProblemOf;
};

/** Answers every failure of a route with a problem, and reports those that are ours; shedding load is no failure. */
export function registerProblemAnswers(
  app: FastifyInstance,
  { problemOf, validationProblem, own }: ProblemAnswers,
  report: FailureReporter,
): void {
  app.setSchemaErrorFormatter((errors, place) => validationProblem(errors[0], place));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.code !== 'overloaded') report(error, request.id);
    return sendProblem(request, reply, problem);
  });
  refuseTwoHosts(app, own);
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Told): FastifyReply {
  if (problem.status === 503 || problem.status === 409) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .header('x-request-id', request.id)
    .send(Buffer.from(JSON.stringify(problem.toBody(request.id))));
}

/** What an error that is none of the API's own comes to, as Fastify judges it. */
export type FrameworkProblemCode =
  | 'body-too-large'
  | 'content-type-unknown'
  | 'request-malformed'
  | 'internal-error';

export function frameworkProblemCode({
  statusCode = 500,
}: Pick<FastifyError, 'statusCode'>): FrameworkProblemCode {
  if (statusCode === 413) return 'body-too-large';
  if (statusCode === 415) return 'content-type-unknown';
  return statusCode < 500 ? 'request-malformed' : 'internal-error';
}

/** Answers what goes wrong before routing: an address that cannot be decoded or is too long. */
export function answerFrameworkErrors(
  problemOf: (error: FastifyError) => Told,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => void sendProblem(request, reply, problemOf(error));
}

/** Refuses requests that name more than one host. */
function refuseTwoHosts(app: FastifyInstance, problemOf: ProblemOf): void {
  const problem = problemOf(
    'request-malformed',
    'The request names more than one host. Send exactly one Host header.',
  );
  app.addHook('onRequest', (request, reply, done) => {
    if (hasTwoHosts(request.raw.rawHeaders)) sendProblem(request, reply, problem);
    else done();
  });
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

/** Answers bytes that never became a request, then closes the connection; its neighbours are not touched. */
export function refuseConnectionWith(
  problemOf: ProblemOf,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const code = protocolProblems[error.code as keyof typeof protocolProblems] ?? 'request-malformed';
    const body = problemOf(
      code,
      'The request could not be read to its end. The connection is closed.',
    ).toBody('none');
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${body.status} ${body.title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  };
}
