/** GET /v1/operations/rejections: what was refused, newest first, in pages. */
import type { RejectionPageBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { rejectionBody } from '../rejection-bodies.ts';
import {
  cursorOf,
  type RejectionsQuery,
  readCursor,
  readLimit,
  readSince,
  rejectionsQuerySchema,
} from './parameters.ts';
import { looking, looks } from './permission.ts';
import { answersWith } from './responses.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'listRejections',
  tags: ['rejections'],
  security: looking,
  summary: 'Rejections, newest first',
  description:
    'Pages begin where the one before ended, so what is refused meanwhile neither repeats nor hides one.',
  querystring: rejectionsQuerySchema,
  response: answersWith('RejectionPage'),
} as const;

type Route = { Querystring: RejectionsQuery };

export function listRejectionsRoute(app: FastifyInstance, { rejections }: Services): void {
  app.get<Route>('/operations/rejections', { schema, config: looks }, async ({ query }, reply) => {
    const { code, merchant } = query;
    const page = await rejections.page({
      filter: {
        sinceMs: readSince(query),
        ...(code === undefined ? {} : { code }),
        ...(merchant === undefined ? {} : { merchant }),
      },
      ends: readCursor(query),
      limit: readLimit(query),
    });
    const body: RejectionPageBody = {
      rejections: page.rejections.map(rejectionBody),
      nextCursor: cursorOf(page.next),
    };
    return reply.send(body);
  });
}
