/** GET /v1/merchants/{merchantId}: what is in force for a merchant. */
import type { FastifyInstance } from 'fastify';
import { merchantUnknown } from '../problems.ts';
import { merchantRepresentation } from '../representations/merchant-representation.ts';
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
  operationId: 'getMerchant',
  tags: ['merchants'],
  security,
  summary: 'What is in force for a merchant',
  params: merchantParamsSchema,
  querystring: minRevisionQuerySchema,
  response: answersWith('Merchant'),
} as const;

type Route = { Params: MerchantParams; Querystring: MinRevisionQuery };

export function getMerchantRoute(app: FastifyInstance, { view }: Services): void {
  app.get<Route>('/merchants/:merchantId', { schema, config: readsBalances }, (request, reply) => {
    const { merchantId } = request.params;
    return whenTold(view.merchant(merchantId, readMinRevision(request.query)), (reading) => {
      if (reading === null) throw merchantUnknown(merchantId);
      sendRepresentation([request, reply], merchantRepresentation(reading.value), reading);
    });
  });
}
