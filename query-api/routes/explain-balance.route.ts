/**
 * GET /v1/merchants/{merchantId}/balances/{businessDate}/explanation: what comes to the figures of a day's accounts. The balance is the one
 * that is shown otherwise; its explanation is counted anew from the ledger's postings up to the same revision, and says whether both agree.
 */
import { type AccountBalanceBody, type ExplanationBody, formatDate } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { merchantUnknown } from '../problems.ts';
import { rangeBodies } from '../representations/balance-body.ts';
import { LedgerUnavailableError } from '../views/ledger-view.ts';
import { readEntryFilter } from './entry-filter.ts';
import { Paging, type PagingQuery, pagingProperties } from './entry-paging.ts';
import { type DayParams, dayParamsSchema, readDate } from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendFromLedger } from './send-representation.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'explainBalance',
  tags: ['ledger'],
  security,
  summary: 'The entries and carried amounts that come to a balance',
  params: dayParamsSchema,
  querystring: { type: 'object', additionalProperties: false, properties: pagingProperties },
  response: answersWith('Explanation'),
} as const;

type Route = { Params: DayParams; Querystring: PagingQuery };

export function explainBalanceRoute(app: FastifyInstance, { view, ledger, cursors }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/balances/:businessDate/explanation',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId } = request.params;
      const date = readDate('path', 'businessDate', request.params.businessDate);
      const businessDate = formatDate(date);
      const paging = new Paging(request, cursors, ['explanation', merchantId, businessDate]);
      const range = { from: date, to: date };
      const reading = await view.days(merchantId, range, 0);
      if (reading === null) throw merchantUnknown(merchantId);
      const [shown] = [...rangeBodies(reading.value, range)];
      const revision = shown?.revision ?? 0;
      const counted = await ledger.balance(merchantId, businessDate, { ledgerSeq: revision });
      if (counted.head.ledgerSeq < revision)
        throw new LedgerUnavailableError('it does not reach as far as the balance yet');
      const { carriedFrom, accounts } = counted.value;
      const { value: page } = await ledger.entries(merchantId, {
        filter: readEntryFilter({ businessDate }),
        before: paging.before ?? revision + 1,
        limit: paging.limit,
      });
      const body: ExplanationBody = {
        merchantId,
        businessDate,
        revision,
        carriedFrom,
        accounts,
        agrees: counted.value.revision === revision && isSame(accounts, shown?.accounts ?? []),
        entries: page.entries,
        nextCursor: paging.nextCursor(page.next),
      };
      return sendFromLedger([request, reply], body, counted.head);
    },
  );
}

function isSame(some: readonly AccountBalanceBody[], others: readonly AccountBalanceBody[]): boolean {
  const isSameLine = (line: AccountBalanceBody, other: AccountBalanceBody | undefined): boolean =>
    Object.entries(line).every(([name, value]) => other?.[name as keyof AccountBalanceBody] === value);
  return some.length === others.length && some.every((line, place) => isSameLine(line, others[place]));
}
