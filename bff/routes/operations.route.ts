/**
 * The operator's part of the page, each question and the one command passed on to the route of the operations API that has the same end. Only for sessions of
 * operators: the API demands the same of the token, and this process has no business asking it for anybody else. Where there is no such API there are
 * no such routes.
 */
import { takeJson } from '@fluxo/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import { Problem } from '../problems.ts';
import type { Services } from '../services.ts';
import { noQuery, placeParams, queryOf } from './parameters.ts';
import { filled, type PathParams, passOn, queryText } from './pass-on.ts';

type QuestionRoute = {
  /** Behind /api/operations. */
  readonly path: string;
  readonly params?: object;
  readonly querystring: object;
};

const questions: readonly QuestionRoute[] = [
  { path: '/topics', querystring: noQuery },
  { path: '/audit', querystring: noQuery },
  { path: '/trails', querystring: queryOf(['merchant', 'submission']) },
  {
    path: '/rejections',
    querystring: queryOf(['code', 'merchant', 'since', 'limit', 'cursor'], { cursor: 16_000 }),
  },
  { path: '/rejections/:place', params: placeParams, querystring: noQuery },
];

const BASE = '/operations';
const REPLAY = `${BASE}/rejections/:place/replay`;

type Question = { Params: PathParams; Querystring: Readonly<Record<string, string>> };
type Replay = { Params: PathParams; Body: Buffer<ArrayBuffer> | undefined };

export function operationsRoutes(app: FastifyInstance, { operations }: Services): void {
  if (operations === null) return;
  app.addHook('onRequest', async (request) => demandOperator(request));
  takeJson(app, (bytes) => bytes);
  for (const { path, ...schema } of questions)
    app.get<Question>(`/api${BASE}${path}`, { schema }, (request, reply) =>
      passOn(operations, [request, reply], {
        path: filled(`/v1${BASE}${path}`, request.params) + queryText(request.query),
      }),
    );
  app.post<Replay>(
    `/api${REPLAY}`,
    { schema: { params: placeParams, querystring: noQuery } },
    (request, reply) =>
      passOn(operations, [request, reply], {
        method: 'POST',
        path: filled(`/v1${REPLAY}`, request.params),
        body: request.body ?? Buffer.alloc(0),
      }),
  );
}

function demandOperator(request: FastifyRequest): void {
  if (signedInOf(request).session.isOperator) return;
  throw new Problem('operators-only', 'This part of the page is for operators. Ask one of them.');
}
