/** GET /api/day/{merchantId}/{date}: all that a day's page shows, in one answer; `today` is the merchant's business day of this moment. */
import type { DayPageBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { businessTodayOf } from '../business-today.ts';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { dayOrTodayParams, demandDate, noQuery } from './parameters.ts';
import { sectionOf } from './section.ts';

type Route = { Params: { readonly merchantId: string; readonly date: string } };

const schema = { params: dayOrTodayParams, querystring: noQuery } as const;

export function getDayRoute(app: FastifyInstance, { balances, nowMs }: Services): void {
  app.get<Route>('/api/day/:merchantId/:date', { schema }, async (request): Promise<DayPageBody> => {
    const { merchantId, date: asked } = request.params;
    const { access } = signedInOf(request).session.tokens;
    const named = asked === 'today' ? null : demandDate(asked);
    const merchantAnswer = balances.merchant(access, merchantId);
    const date = named ?? businessTodayOf(await merchantAnswer, nowMs()).today;
    const [merchant, { balance, freshness }, entries] = await Promise.all([
      merchantAnswer,
      balances.balance(access, { merchantId, date }),
      sectionOf(balances.latestEntries(access, { merchantId, date })),
    ]);
    const { today, nextDayStartMs } = businessTodayOf(merchant, nowMs());
    const nextDayStart = new Date(nextDayStartMs).toISOString();
    return { merchant, today, nextDayStart, balance, freshness, entries };
  });
}
