/** GET /v1/merchants/{merchantId}/balances?from=&to=: every day of a range, those without a document filled (spec.md 3.4). */
import type { FastifyInstance } from 'fastify';
import { merchantUnknown, Problem } from '../problems.ts';
import { rangeRepresentation } from '../representations/range-representation.ts';
import type { DateRange } from '../views/balance-view.ts';
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

/** The longest range, both ends included. */
const RANGE_DAYS_MAX = 400;

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

type RangeQuery = MinRevisionQuery & { readonly from: string; readonly to: string };
type Route = { Params: MerchantParams; Querystring: RangeQuery };

export function listBalancesRoute(app: FastifyInstance, { view, days }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/balances',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId } = request.params;
      const range = readRange(request.query);
      const reading = await view.days(merchantId, range, readMinRevision(request.query));
      if (reading === null) throw merchantUnknown(merchantId);
      const representation = rangeRepresentation(merchantId, range, days.ofRange(reading.value, range));
      return sendRepresentation([request, reply], representation, reading);
    },
  );
}

function readRange(query: RangeQuery): DateRange {
  const from = readDate('query', 'from', query.from);
  const to = readDate('query', 'to', query.to);
  if (from > to) throw rangeInvalid('must not be before "from"');
  if (to - from >= RANGE_DAYS_MAX)
    throw rangeInvalid(`must be less than ${RANGE_DAYS_MAX} days after "from"; ask in several ranges`);
  return { from, to };
}

function rangeInvalid(detail: string): Problem {
  return new Problem('range-invalid', `The query parameter "to" ${detail}.`, {
    errors: [{ in: 'query', parameter: 'to', detail }],
  });
}
