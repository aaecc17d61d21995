/** GET /v1/merchants/{merchantId}/entries/{entryId}: an entry with all its legs, what reversed it, and where they stand in the hash chain. */
import type { EntryDetailBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems.ts';
import { knownMerchant } from './known-merchant.ts';
import { type MerchantParams, merchantParamsSchema } from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { sendFromLedger } from './send-representation.ts';
import type { Services } from './services.ts';

const entryIdSchema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'A UUID in lower case.',
} as const;

const schema = {
  operationId: 'getEntry',
  tags: ['ledger'],
  security,
  summary: 'An entry, its reversal and their proofs',
  params: {
    ...merchantParamsSchema,
    required: ['merchantId', 'entryId'],
    properties: { ...merchantParamsSchema.properties, entryId: entryIdSchema },
  },
  querystring: { type: 'object', additionalProperties: false, properties: {} },
  response: answersWith('EntryDetail'),
} as const;

type Route = { Params: MerchantParams & { readonly entryId: string } };

export function getEntryRoute(app: FastifyInstance, { view, ledger }: Services): void {
  app.get<Route>(
    '/merchants/:merchantId/entries/:entryId',
    { schema, config: readsBalances },
    async (request, reply) => {
      const { merchantId, entryId } = request.params;
      await knownMerchant(view, merchantId);
      const { head, value } = await ledger.entry(merchantId, entryId);
      if (value.legs.length === 0)
        throw new Problem(
          'entry-unknown',
          `The ledger of merchant "${merchantId}" has no entry "${entryId}". It may have been refused, or not have been judged yet: the entries API tells what became of a submission.`,
        );
      const body: EntryDetailBody = { merchantId, entryId, ...value };
      return sendFromLedger([request, reply], body, head);
    },
  );
}
