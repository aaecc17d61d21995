/** GET /v1/merchants/{merchantId}/balances/latest: the day with the greatest date of all that have a document. */
import type { FastifyInstance } from 'fastify';
import { merchantUnknown, Problem } from '../problems.ts';
import {
  type MerchantParams,
  type MinRevisionQuery,
  merchantParamsSchema,
  minRevisionQuerySchema,
  readMinRevision,
} from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendRepresentation } from './send-representation.ts';
import type { Services } from './services.ts';
import { whenTold } from './when-told.ts';

const schema = {
  operationId: 'getLatestBalance',
  tags: ['balances'],
  security,
  summary: 'The balance of the latest day that has a document',
  params: merchantParamsSchema,
  querystring: minRevisionQuerySchema,
  response: answersWith('Balance'),
} as const;

type Route = { Params: MerchantParams; Querystring: MinRevisionQuery };

export function getLatestBalanceRoute(app: FastifyInstance, { view, days }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/balances/latest',
    { schema, config: readsBalances },
    (request, reply) => {
      const { merchantId } = request.params;
      return whenTold(view.latest(merchantId, readMinRevision(request.query)), (reading) => {
        if (reading === null) throw merchantUnknown(merchantId);
        const day = reading.value.days[0];
        if (day === undefined)
          throw new Problem(
            'no-balance-yet',
            `Merchant "${merchantId}" is known, but no entry of it has been posted. Its balance begins with its first entry.`,
          );
        sendRepresentation([request, reply], days.ofDocument(reading.value.merchant, day), reading);
      });
    },
  );
}
