/** Which month is asked for at a month's end, where the merchant's wall and the universal time name different ones. */
import { expect, test } from '@jest/globals';
import fastify from 'fastify';
import type { Services } from '../services.ts';
import type { QueryApi } from '../upstreams/query-api.ts';
import { getMonthRoute } from './get-month.route.ts';

const signedIn = { name: 'one', session: { tokens: { access: 'a.b.c' } } };

test.each([
  ['America/Sao_Paulo', 0, '2026-12-01T00:30:00Z', '2026-11', '2026-11-30'],
  ['America/Sao_Paulo', 240, '2026-12-01T05:30:00Z', '2026-11', '2026-11-30'],
  ['Pacific/Auckland', 0, '2026-11-30T20:00:00Z', '2026-12', '2026-12-01'],
])(
  'the current month of a shop in %s, cut-off %s, at %s is %s',
  async (zone, cutoffMinutes, at, month, to) => {
    const asked: unknown[] = [];
    const balances = {
      merchant: async () => ({ calendar: [{ effectiveFrom: '2024-01-01', zone, cutoffMinutes }] }),
      days: async (_token: string, _merchantId: string, range: unknown) => {
        asked.push(range);
        return { days: [], freshness: {} };
      },
    } as unknown as QueryApi;
    const app = fastify();
    app.decorateRequest('signedIn', null);
    app.addHook('onRequest', async (request) => Object.assign(request, { signedIn }));
    getMonthRoute(app, { balances, nowMs: () => Date.parse(at) } as unknown as Services);
    expect((await app.inject('/api/month/m-1/current')).json()).toMatchObject({ month, today: to });
    expect(asked).toEqual([{ from: `${month}-01`, to }]);
    await app.close();
  },
);
