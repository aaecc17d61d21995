/**
 * The operator's part of the page, each question and the one command passed on to the route of the operations API that has the same end. Only for sessions of
 * operators: the API demands the same of the token, and this process has no business asking it for anybody else. Where there is no such API there are
 * no such routes.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import { Problem } from '../problems.ts';
import type { Services } from '../services.ts';
import { noQuery, placeParams, queryOf } from './parameters.ts';
import { passOn } from './pass-on.ts';

type ByPlace = { Params: { readonly place: string } };
type Filtered = { Querystring: Readonly<Record<string, string>> };
type Replay = ByPlace & { Body: Buffer<ArrayBuffer> | undefined };

const rejectionsQuery = queryOf(['code', 'merchant', 'since', 'limit', 'cursor'], { cursor: 16_000 });
const REJECTIONS = '/v1/operations/rejections';

export function operationsRoutes(app: FastifyInstance, { operations }: Services): void {
  if (operations === null) return;
  app.addHook('onRequest', async (request) => demandOperator(request));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_: unknown, body: Buffer) => body,
  );
  app.get('/api/operations/topics', { schema: { querystring: noQuery } }, (request, reply) =>
    passOn(operations, [request, reply], { path: '/v1/operations/topics' }),
  );
  app.get('/api/operations/audit', { schema: { querystring: noQuery } }, (request, reply) =>
    passOn(operations, [request, reply], { path: '/v1/operations/audit' }),
  );
  app.get<Filtered>(
    '/api/operations/trails',
    { schema: { querystring: queryOf(['merchant', 'submission']) } },
    (request, reply) =>
      passOn(operations, [request, reply], {
        path: `/v1/operations/trails?${new URLSearchParams(request.query).toString()}`,
      }),
  );
  app.get<Filtered>(
    '/api/operations/rejections',
    { schema: { querystring: rejectionsQuery } },
    (request, reply) =>
      passOn(operations, [request, reply], {
        path: `${REJECTIONS}?${new URLSearchParams(request.query).toString()}`,
      }),
  );
  app.get<ByPlace>(
    '/api/operations/rejections/:place',
    { schema: { params: placeParams, querystring: noQuery } },
    (request, reply) =>
      passOn(operations, [request, reply], { path: `${REJECTIONS}/${request.params.place}` }),
  );
  app.post<Replay>(
    '/api/operations/rejections/:place/replay',
    { schema: { params: placeParams, querystring: noQuery } },
    (request, reply) =>
      passOn(operations, [request, reply], {
        method: 'POST',
        path: `${REJECTIONS}/${request.params.place}/replay`,
        body: request.body ?? Buffer.alloc(0),
      }),
  );
}

function demandOperator(request: FastifyRequest): void {
  if (signedInOf(request).session.isOperator) return;
  throw new Problem('operators-only', 'This part of the page is for operators. Ask one of them.');
}
