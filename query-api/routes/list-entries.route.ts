/** GET /v1/merchants/{merchantId}/entries: the entries in the ledger that fit a filter, newest first, in pages. */
import type { EntryPageBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { type EntryFilterQuery, entryFilterProperties, readEntryFilter } from './entry-filter.ts';
import { Paging, type PagingQuery, pagingProperties } from './entry-paging.ts';
import { knownMerchant } from './known-merchant.ts';
import { type MerchantParams, merchantParamsSchema } from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendFromLedger } from './send-representation.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'listEntries',
  tags: ['ledger'],
  security,
  summary: 'Entries, newest first',
  description:
    'Pages begin where the one before ended, so what is posted meanwhile neither repeats nor hides an entry.',
  params: merchantParamsSchema,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { ...entryFilterProperties, ...pagingProperties },
  },
  response: answersWith('EntryPage'),
} as const;

type Route = { Params: MerchantParams; Querystring: EntryFilterQuery & PagingQuery };

export function listEntriesRoute(app: FastifyInstance, { view, ledger, cursors }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/entries',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId } = request.params;
      const filter = readEntryFilter(request.query);
      const paging = new Paging(request, cursors, ['entries', merchantId, filter]);
      await knownMerchant(view, merchantId);
      const { limit, before } = paging;
      const { head, value } = await ledger.entries(merchantId, { filter, before, limit });
      const { entries, next } = value;
      const body: EntryPageBody = { merchantId, entries, nextCursor: paging.nextCursor(next) };
      return sendFromLedger([request, reply], body, head);
    },
  );
}
