/**
 * The questions of the page about what stands in the ledger, and its sums, each passed on to the route of the query API that has the same end.
 * Lists of entries get with them how far they go, which is a header there.
 */
import type { EntryListBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { dayParams, demandDate, entryParams, merchantParams, noQuery, queryOf } from './parameters.ts';
import { passOn, queryText } from './pass-on.ts';

type ByMerchant = { Params: { readonly merchantId: string }; Querystring: Readonly<Record<string, string>> };
type ByEntry = { Params: { readonly merchantId: string; readonly entryId: string } };
type ByDay = { Params: { readonly merchantId: string; readonly date: string } };

const entriesQuery = queryOf([
  'businessDate',
  'from',
  'to',
  'accountId',
  'kind',
  'paymentMethod',
  'direction',
  'externalId',
  'amountMin',
  'amountMax',
  'text',
  'limit',
  'cursor',
]);
const summaryQuery = queryOf(['from', 'to', 'groupBy']);

export function ledgerRoutes(app: FastifyInstance, { balances, queryApi, ledger }: Services): void {
  app.get<ByMerchant>(
    '/api/entries/:merchantId',
    { schema: { params: merchantParams, querystring: entriesQuery } },
    (request): Promise<EntryListBody> => {
      const { access } = signedInOf(request).session.tokens;
      return balances.entries(access, request.params.merchantId, queryText(request.query));
    },
  );
  app.get<ByEntry>(
    '/api/entries/:merchantId/:entryId',
    { schema: { params: entryParams, querystring: noQuery } },
    (request, reply) =>
      passOn(ledger, [request, reply], {
        path: `/v1/merchants/${request.params.merchantId}/entries/${request.params.entryId}`,
      }),
  );
  app.get<ByDay>(
    '/api/days/:merchantId/:date',
    { schema: { params: dayParams, querystring: noQuery } },
    (request, reply) =>
      passOn(ledger, [request, reply], {
        path: `/v1/merchants/${request.params.merchantId}/days/${demandDate(request.params.date)}`,
      }),
  );
  app.get<ByMerchant>(
    '/api/summary/:merchantId',
    { schema: { params: merchantParams, querystring: summaryQuery } },
    (request, reply) =>
      passOn(queryApi, [request, reply], {
        path: `/v1/merchants/${request.params.merchantId}/summary${queryText(request.query)}`,
      }),
  );
}
