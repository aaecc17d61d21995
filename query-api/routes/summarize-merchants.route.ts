/**
 * POST /v1/summaries: summaries of several merchants at once, for whoever has several. It changes nothing; it is a POST because fifty ids do
 * not fit into an address. Every merchant must be the caller's (the gate looks into the body) and known: otherwise the answer is 404 for
 * all of them, as each would have got by itself.
 */
import { setImmediate as letOthersIn } from 'node:timers/promises';
import { parseStrictJson, takeJson } from '@fluxo/http';
import { formatDate, type SummariesBody, type SummaryGroup, summariesQuestionSchema } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { merchantUnknown } from '../problems.ts';
import { summarize } from '../reports/summary.ts';
import { type RangeQuery, readRange } from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersToBody } from './responses.ts';
import type { Services } from './services.ts';

/** Fifty ids of 64 characters, and room for white space. */
const BODY_BYTES_MAX = 16 * 1024;

const schema = {
  operationId: 'summarizeMerchants',
  tags: ['reports'],
  security,
  summary: 'The summary of several merchants at once, at most 50',
  querystring: { type: 'object', additionalProperties: false, properties: {} },
  body: { $ref: `${summariesQuestionSchema.$id}#` },
  response: answersToBody('Summaries'),
} as const;

type Question = RangeQuery & { readonly merchants: readonly string[]; readonly groupBy: SummaryGroup };

const merchantsIn = (body: unknown) => (body as Question).merchants;

/** To be registered where this is the only route: it reads bodies. */
export async function summarizeMerchantsRoute(app: FastifyInstance, { view }: Services): Promise<void> {
  takeJson(app, parseStrictJson);
  app.post<{ Body: Question }>(
    '/summaries',
    { schema, config: { ...readsBalances, merchantsIn }, bodyLimit: BODY_BYTES_MAX },
    async (request, reply) => {
      const { merchants, groupBy } = request.body;
      const range = readRange('body', request.body);
      const [from, to] = [formatDate(range.from), formatDate(range.to)];
      const summaries: SummariesBody['summaries'][number][] = [];
      for (const merchantId of merchants) {
        const reading = await view.days(merchantId, range, 0);
        if (reading === null) throw merchantUnknown(merchantId);
        summaries.push({ merchantId, from, to, groupBy, ...summarize(reading.value, range, groupBy) });
        await letOthersIn();
      }
      const body: SummariesBody = { summaries };
      return reply
        .header('cache-control', 'no-store')
        .header('content-type', 'application/json; charset=utf-8')
        .send(JSON.stringify(body));
    },
  );
}
