/** GET /v1/merchants/{merchantId}/summary?from=&to=&groupBy=: the documents of a range of days added up by group. */
import { formatDate, type SummaryBody, type SummaryGroup, summaryGroups } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { merchantUnknown } from '../problems.ts';
import { summarize } from '../reports/summary.ts';
import { bodyRepresentation } from '../representations/body-representation.ts';
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

const schema = {
  operationId: 'getSummary',
  tags: ['reports'],
  security,
  summary: 'A range of days by day, week, month, account, kind or payment method',
  params: merchantParamsSchema,
  querystring: {
    ...minRevisionQuerySchema,
    required: ['from', 'to', 'groupBy'],
    properties: {
      from: dateSchema,
      to: dateSchema,
      groupBy: { type: 'string', enum: summaryGroups },
      ...minRevisionQuerySchema.properties,
    },
  },
  response: answersWith('Summary'),
} as const;

type Query = MinRevisionQuery & RangeQuery & { readonly groupBy: SummaryGroup };

export function getSummaryRoute(app: FastifyInstance, { view }: Services): void {
  app.get<{ Params: MerchantParams; Querystring: Query }>(
    '/merchants/:merchantId/summary',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId } = request.params;
      const { groupBy } = request.query;
      const range = readRange('query', request.query);
      const reading = await view.days(merchantId, range, readMinRevision(request.query));
      if (reading === null) throw merchantUnknown(merchantId);
      const { rows, revision, recordedAt } = summarize(reading.value, range, groupBy);
      const [from, to] = [formatDate(range.from), formatDate(range.to)];
      const body: SummaryBody = { merchantId, from, to, groupBy, rows };
      const representation = bodyRepresentation(body, { revision, recordedAt });
      return sendRepresentation([request, reply], representation, reading);
    },
  );
}
