/**
 * Refuses at the door, before anything is read or looked up, what could only be answered late: with 503 and a Retry-After, for a small part of what
 * an answer costs. Of each turn of the event loop the beginning is answered in any case, so the process does as much under any load as it can do,
 * and is back to normal in the turn in which the crowd has gone. Operators' questions are always answered (decision 0036).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RETRY_AFTER_SECONDS } from './http-problem.ts';
import { operationsRoutes } from './operations.plugin.ts';
import { PROBLEM_TYPE, type Told } from './problem-answers.ts';
import { TurnClock } from './turn-clock.ts';

export type LoadSheddingOptions = {
  /** What whoever is refused is told: a problem with 503. */
  readonly overloaded: Told;
  /** Whether those who wait for what stands behind the API are too many already. */
  readonly isCrowded?: () => boolean;
};

export function registerLoadShedding(
  app: FastifyInstance,
  { overloaded, isCrowded = () => false }: LoadSheddingOptions,
): void {
  const clock = new TurnClock();
  const refuse = refusal(overloaded);
  app.addHook('onRequest', (request, reply, done) => {
    const isTooMuch = clock.isLate() || isCrowded();
    if (!isTooMuch || operationsRoutes.has(request.routeOptions.url ?? '')) done();
    else refuse(request, reply);
  });
}

/** What stands for the request's id until there is one. */
const ID = '#';

/**
 * `sendProblem` for whoever has no time: the same answer, made beforehand but for the request's id, and written past everything that may be
 * done with an answer.
 */
function refusal(problem: Told): (request: FastifyRequest, reply: FastifyReply) => void {
  const [before = '', after = ''] = JSON.stringify(problem.toBody(ID)).split(ID);
  const bytes = Buffer.byteLength(before + after);
  const headers = [
    'retry-after',
    String(RETRY_AFTER_SECONDS),
    'content-type',
    PROBLEM_TYPE,
    'cache-control',
    'no-store',
  ];
  return (request, reply) => {
    reply.hijack();
    // Whoever shuts down has said so by now.
    if (reply.hasHeader('connection')) reply.raw.shouldKeepAlive = false;
    const { id } = request;
    reply.raw.writeHead(problem.status, [
      ...headers,
      'x-request-id',
      id,
      'content-length',
      String(bytes + id.length),
    ]);
    reply.raw.end(before + id + after);
  };
}
