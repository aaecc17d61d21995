/**
 * Asks an API everything its own document speaks of, and much that it does not: each answer must be one that is documented, never a 5xx. Sixty requests an
 * operation, the same ones each time; FLUXO_OPENAPI_RUNS makes it another number, and other requests each time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { Judge } from './judge.ts';
import { type Document, type Operation, operationsOf } from './operations.ts';
import { type Known, type Request, requestsTo } from './requests.ts';

const RUNS_SHORT = 60;
export const runs = Number(process.env['FLUXO_OPENAPI_RUNS'] ?? RUNS_SHORT);

/** `headers` go with every request: the token of whoever asks. Resolves with the operations that were never answered well. */
export async function fuzz(
  app: FastifyInstance,
  known: Known,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const document = (await app.inject('/openapi.json')).json<Document>();
  const judge = new Judge(document);
  const unanswered: string[] = [];
  for (const [index, operation] of operationsOf(document).entries()) {
    let answeredWell = 0;
    const holds = async (request: Request): Promise<void> => {
      const whole = { ...request, headers: { ...request.headers, ...headers } };
      const status = await ask(app, judge, operation, whole);
      if (status < 300) answeredWell += 1;
    };
    await fc.assert(fc.asyncProperty(requestsTo(operation, document, known), holds), {
      numRuns: runs,
      // The request itself says enough; making it smaller takes hundreds more.
      endOnFailure: true,
      ...(runs === RUNS_SHORT ? { seed: index } : {}),
    });
    if (answeredWell === 0) unanswered.push(operation.name);
  }
  return unanswered;
}

/** The status, if the answer is as documented. A machine with too much to do sheds requests, which is no finding. */
async function ask(
  app: FastifyInstance,
  judge: Judge,
  operation: Operation,
  request: Request,
): Promise<number> {
  const { payload, ...others } = request;
  for (;;) {
    const {
      statusCode: status,
      headers,
      body,
    } = await app.inject(payload === null ? others : { ...others, payload });
    if (status === 503 && body.includes('"overloaded"')) {
      await sleep(100);
      continue;
    }
    const contentType = headers['content-type'] ?? '';
    expect(judge.complaints(operation, { status, contentType, body })).toEqual([]);
    return status;
  }
}
