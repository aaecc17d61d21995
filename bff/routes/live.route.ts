/**
 * GET /api/live/{merchantId}/{date}: what changes on the day, as server-sent events. The caller's own right is asked for first, with the
 * document it begins with: one at least as new as the one it had when its line was cut (Last-Event-ID).
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { EventStream } from '../live/event-stream.ts';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { dayParams, demandDate, noQuery } from './parameters.ts';

type Route = { Params: { readonly merchantId: string; readonly date: string } };

const REVISION = /^(?:0|[1-9][0-9]{0,14})$/;
const schema = { params: dayParams, querystring: noQuery } as const;

export function liveRoute(app: FastifyInstance, { balances, live }: Services): void {
  app.get<Route>('/api/live/:merchantId/:date', { schema }, async (request, reply) => {
    const { merchantId } = request.params;
    const place = { merchantId, date: demandDate(request.params.date) };
    const { name, session } = signedInOf(request);
    const givePlaceBack = live.takePlace(name);
    try {
      const [balance, merchant] = await Promise.all([
        balances.balance(session.tokens.access, place, lastRevisionOf(request.headers['last-event-id'])),
        balances.merchant(session.tokens.access, merchantId),
      ]);
      reply.hijack();
      if (reply.raw.destroyed) return; // the browser has left meanwhile
      const stream = new EventStream(
        reply.raw,
        reply.getHeaders() as OutgoingHttpHeaders & Record<string, string>,
      );
      await live.show(place, { name, stream }, { balance, merchant });
    } finally {
      givePlaceBack();
    }
  });
}

function lastRevisionOf(id: string | string[] | undefined): number {
  return typeof id === 'string' && REVISION.test(id) ? Number(id) : 0;
}
