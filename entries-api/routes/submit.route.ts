/**
 * The routes that submit one thing: an entry, a transfer, a reversal, a closing, a reopening, settings. They differ in address, body and
 * scope and in how a body becomes fields; this table says how.
 */
import type { Submission } from '@fluxo/domain';
import { type Scope, securityOf } from '@fluxo/identity';
import type { FastifyInstance } from 'fastify';
import {
  dayCloseFields,
  dayReopenFields,
  entryFields,
  type Fields,
  reversalFields,
  settingsFields,
  transferFields,
} from '../submissions/bodies.ts';
import { newSubmission } from '../submissions/new-submission.ts';
import { acceptOne, refuse } from './accept.ts';
import { dayParams, entryParams, merchantParams, submitHeaders } from './parameters.ts';
import { submitResponses } from './responses.ts';
import type { Services } from './services.ts';

type Params = { readonly merchantId: string; readonly entryId: string; readonly date: string };

type SubmitRoute = {
  readonly operationId: string;
  readonly summary: string;
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly scope: Scope;
  readonly params: object;
  readonly body: string;
  readonly type: Submission['type'];
  readonly fields: (params: Params, body: Fields) => Fields;
  /** Fields that hold an account whose currency the body names. */
  readonly accounts?: readonly string[];
};

const routes: readonly SubmitRoute[] = [
  {
    operationId: 'submitEntry',
    summary: 'Money in or out of one account',
    method: 'POST',
    path: '/entries',
    scope: 'entries:write',
    params: merchantParams,
    body: 'NewEntry',
    type: 'EntrySubmitted',
    fields: ({ merchantId }, body) => entryFields(merchantId, body),
    accounts: ['accountId'],
  },
  {
    operationId: 'submitTransfer',
    summary: 'Money moved between two accounts of the merchant',
    method: 'POST',
    path: '/transfers',
    scope: 'entries:write',
    params: merchantParams,
    body: 'NewTransfer',
    type: 'TransferSubmitted',
    fields: ({ merchantId }, body) => transferFields(merchantId, body),
    accounts: ['fromAccountId', 'toAccountId'],
  },
  {
    operationId: 'reverseEntry',
    summary: 'Takes an entry or transfer back in full',
    method: 'POST',
    path: '/entries/:entryId/reversal',
    scope: 'entries:write',
    params: entryParams,
    body: 'NewReversal',
    type: 'ReversalSubmitted',
    fields: ({ merchantId, entryId }, body) => reversalFields(merchantId, entryId, body),
  },
  {
    operationId: 'closeDay',
    summary: 'Closes a business day and all before it',
    method: 'POST',
    path: '/days/:date/close',
    scope: 'days:close',
    params: dayParams,
    body: 'NewDayClose',
    type: 'DayCloseRequested',
    fields: ({ merchantId, date }, body) => dayCloseFields(merchantId, date, body),
  },
  {
    operationId: 'reopenDay',
    summary: 'Opens a closed business day and all after it again',
    method: 'POST',
    path: '/days/:date/reopen',
    scope: 'days:reopen',
    params: dayParams,
    body: 'NewDayReopen',
    type: 'DayReopenRequested',
    fields: ({ merchantId, date }, body) => dayReopenFields(merchantId, date, body),
  },
  {
    operationId: 'configureMerchant',
    summary:
      'Makes a merchant known, or states all its settings anew; what counts is what the ledger applied',
    method: 'PUT',
    path: '',
    scope: 'merchants:admin',
    params: merchantParams,
    body: 'MerchantSettings',
    type: 'MerchantConfigured',
    fields: ({ merchantId }, body) => settingsFields(merchantId, body),
  },
];

export function submitRoutes(app: FastifyInstance, services: Services): void {
  for (const route of routes) addRoute(app, services, route);
}

function addRoute(app: FastifyInstance, services: Services, route: SubmitRoute): void {
  const { operationId, summary, method, path, scope, params, body, type, fields, accounts = [] } = route;
  app.route<{ Params: Params; Body: Fields }>({
    method,
    url: `/merchants/:merchantId${path}`,
    config: { scope },
    schema: {
      operationId,
      summary,
      tags: ['submissions'],
      security: securityOf(scope),
      headers: submitHeaders,
      params,
      body: { $ref: `${body}#` },
      response: submitResponses,
    },
    handler: async (request, reply) => {
      const { merchantId } = request.params;
      const submission = newSubmission(type, fields(request.params, request.body), services.nowMs());
      for (const field of accounts) {
        const [accountId, currency] = [String(request.body[field]), String(request.body['currency'])];
        const refusal = await services.currencies.refusalOf(merchantId, accountId, currency);
        if (refusal !== null) return refuse(services, [request, reply], refusal);
      }
      return acceptOne(services, [request, reply], submission);
    },
  });
}
