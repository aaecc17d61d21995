/**
 * The commands of the page, each passed on to the route of the entries API that has the same end: the body as its bytes came, the
 * Idempotency-Key that the page made when its form was opened. What it means is for the entries API to say.
 */
import { takeJson } from '@fluxo/http';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';
import { dayParams, entryParams, merchantParams, noQuery, submissionParams } from './parameters.ts';
import { filled, type PathParams, passOn } from './pass-on.ts';

type CommandRoute = {
  readonly method: 'POST' | 'PUT';
  /** Behind /api/merchants/:merchantId. */
  readonly path: string;
  readonly params: object;
};

const commands: readonly CommandRoute[] = [
  { method: 'POST', path: '/entries', params: merchantParams },
  { method: 'POST', path: '/transfers', params: merchantParams },
  { method: 'POST', path: '/entries/:entryId/reversal', params: entryParams },
  { method: 'POST', path: '/days/:date/close', params: dayParams },
  { method: 'POST', path: '/days/:date/reopen', params: dayParams },
  { method: 'PUT', path: '', params: merchantParams },
];

const BASE = '/merchants/:merchantId';

export function commandRoutes(app: FastifyInstance, { entriesApi }: Services): void {
  takeJson(app, (bytes) => bytes);
  for (const { method, path, params } of commands)
    app.route<{ Params: PathParams; Body: Buffer<ArrayBuffer> | undefined }>({
      method,
      url: `/api${BASE}${path}`,
      schema: { params, querystring: noQuery },
      handler: (request, reply) =>
        passOn(entriesApi, [request, reply], {
          method,
          path: filled(`/v1${BASE}${path}`, request.params),
          body: request.body ?? Buffer.alloc(0),
        }),
    });
  const submission = `${BASE}/submissions/:submissionId`;
  app.get<{ Params: PathParams }>(
    `/api${submission}`,
    { schema: { params: submissionParams, querystring: noQuery } },
    (request, reply) =>
      passOn(entriesApi, [request, reply], { path: filled(`/v1${submission}`, request.params) }),
  );
}
