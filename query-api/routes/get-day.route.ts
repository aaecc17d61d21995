/**
 * GET /v1/merchants/{merchantId}/days/{businessDate}: whether a day's books are closed, and the closings and reopenings that name it, with
 * counts and variances. Whether it is closed the merchant's document says (spec.md 2.3): closing a later day closes this one too.
 */
import { type DayBody, formatDate } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { statusOf } from '../representations/balance-body.ts';
import { knownMerchant } from './known-merchant.ts';
import { type DayParams, dayParamsSchema, readDate } from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendFromLedger } from './send-representation.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getDay',
  tags: ['ledger'],
  security,
  summary: 'Whether a day is closed, its closings and counts',
  params: dayParamsSchema,
  querystring: { type: 'object', additionalProperties: false, properties: {} },
  response: answersWith('Day'),
} as const;

export function getDayRoute(app: FastifyInstance, { view, ledger }: Services): void {
  app.get<{ Params: DayParams }>(
    '/merchants/:merchantId/days/:businessDate',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId } = request.params;
      const date = readDate('path', 'businessDate', request.params.businessDate);
      const businessDate = formatDate(date);
      const merchant = await knownMerchant(view, merchantId);
      const { head, value } = await ledger.day(merchantId, businessDate);
      const body: DayBody = { merchantId, businessDate, status: statusOf(merchant, date), ...value };
      return sendFromLedger([request, reply], body, head);
    },
  );
}
