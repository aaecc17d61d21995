/** GET /v1/merchants/{merchantId}/balances?from=&to=: every day of a range, those without a document filled (spec.md 3.4). */
import type { FastifyInstance } from 'fastify';
import { merchantUnknown } from '../problems.ts';
import {
  dateSchema,
  type MerchantParams,
  type MinRevisionQuery,
  merchantParamsSchema,
  minRevisionQuerySchema,
  type RangeQuery,
  readMinRevision,
  readRange,
} from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendRepresentation } from './send-representation.ts';
import type { Services } from './services.ts';
import { whenTold } from './when-told.ts';

const schema = {
  operationId: 'listBalances',
  tags: ['balances'],
  security,
  summary: 'The balances of a range of days, both ends included, at most 400',
  params: merchantParamsSchema,
  querystring: {
    ...minRevisionQuerySchema,
    required: ['from', 'to'],
    properties: { from: dateSchema, to: dateSchema, ...minRevisionQuerySchema.properties },
  },
  response: answersWith('BalanceRange'),
} as const;

type Route = { Params: MerchantParams; Querystring: MinRevisionQuery & RangeQuery };

export function listBalancesRoute(app: FastifyInstance, { view, ranges }: Services): void {
  app.get<Route>('/merchants/:merchantId/balances', { schema, config: readsBalances }, (request, reply) => {
    const { merchantId } = request.params;
    const range = readRange('query', request.query);
    return whenTold(view.days(merchantId, range, readMinRevision(request.query)), (reading) => {
      if (reading === null) throw merchantUnknown(merchantId);
      sendRepresentation([request, reply], ranges.of(reading.value, range), reading);
    });
  });
}
