/**
 * GET /v1/merchants/{merchantId}/balances/{businessDate}: the balance of one day. A day without a document of its own is filled
 * as spec.md 3.4 says and marked `materialized: false`; only an unknown merchant has no balance.
 */
import type { FastifyInstance } from 'fastify';
import { merchantUnknown } from '../problems.ts';
import {
  dateSchema,
  type MerchantParams,
  type MinRevisionQuery,
  merchantParamsSchema,
  minRevisionQuerySchema,
  readDate,
  readMinRevision,
} from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendRepresentation } from './send-representation.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getBalance',
  tags: ['balances'],
  security,
  summary: 'The balance of one business day',
  params: {
    ...merchantParamsSchema,
    required: ['merchantId', 'businessDate'],
    properties: { ...merchantParamsSchema.properties, businessDate: dateSchema },
  },
  querystring: minRevisionQuerySchema,
  response: answersWith('Balance'),
} as const;

type Route = { Params: MerchantParams & { readonly businessDate: string }; Querystring: MinRevisionQuery };

export function getBalanceRoute(app: FastifyInstance, { view, days }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/balances/:businessDate',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId } = request.params;
      const date = readDate('path', 'businessDate', request.params.businessDate);
      const reading = await view.days(merchantId, { from: date, to: date }, readMinRevision(request.query));
      if (reading === null) throw merchantUnknown(merchantId);
      return sendRepresentation([request, reply], days.of(reading.value, date), reading);
    },
  );
}
