/** GET /api/month/{merchantId}/{YYYY-MM}: every day of the month up to the merchant's today; `current` is the month of that day. */
import type { MonthPageBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { businessTodayOf } from '../business-today.ts';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { monthOrCurrentParams, noQuery } from './parameters.ts';

type Route = { Params: { readonly merchantId: string; readonly month: string } };

const schema = { params: monthOrCurrentParams, querystring: noQuery } as const;

export function getMonthRoute(app: FastifyInstance, { balances, nowMs }: Services): void {
  app.get<Route>('/api/month/:merchantId/:month', { schema }, async (request): Promise<MonthPageBody> => {
    const { merchantId, month: asked } = request.params;
    const { access } = signedInOf(request).session.tokens;
    const merchant = await balances.merchant(access, merchantId);
    const { today } = businessTodayOf(merchant, nowMs());
    const month = asked === 'current' ? today.slice(0, 7) : asked;
    const from = `${month}-01`;
    // A month that has not begun has no days, and its first day says which revision that is of.
    const to = today < from ? from : lesser(lastDayOf(month), today);
    const { days, freshness } = await balances.days(access, merchantId, { from, to });
    return { merchant, today, month, days: today < from ? [] : days, freshness };
  });
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

/** Dates of this form are in order as texts are. */
function lesser(a: string, b: string): string {
  return a < b ? a : b;
}
