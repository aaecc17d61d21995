/**
 * GET /v1/merchants/{merchantId}/balances/{businessDate}: the balance of one day. A day without a document of its own is filled
 * as spec.md 3.4 says and marked `materialized: false`; only an unknown merchant has no balance. With `?knownAt=` it is the balance as it
 * was known at a moment of the past, from the ledger.
 */
import { formatDate, parseInstant } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { invalidParameter, merchantUnknown } from '../problems.ts';
import { bodyRepresentation } from '../representations/body-representation.ts';
import { knownBalanceBody } from '../representations/known-balance-body.ts';
import type { MerchantDays } from '../views/balance-view.ts';
import type { KnownAt, LedgerHead } from '../views/ledger-view.ts';
import type { Reading } from '../views/tiered-view.ts';
import {
  type DayParams,
  dayParamsSchema,
  type MinRevisionQuery,
  minRevisionQuerySchema,
  readDate,
  readMinRevision,
} from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersWith } from './responses.ts';
import { type Exchange, sendRepresentation } from './send-representation.ts';
import type { Services } from './services.ts';
import { whenTold } from './when-told.ts';

const knownAt = {
  type: 'string',
  pattern:
    '^(0|[1-9][0-9]{0,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?(Z|[+-][0-9]{2}:[0-9]{2}))$',
  description:
    'A ledgerSeq, or an instant (RFC 3339 with an offset): the balance as it was known then, counted from the ledger. x-fluxo-fresh is false where the ledger does not reach as far yet.',
} as const;

const schema = {
  operationId: 'getBalance',
  tags: ['balances'],
  security,
  summary: 'The balance of one business day',
  params: dayParamsSchema,
  querystring: {
    ...minRevisionQuerySchema,
    properties: { ...minRevisionQuerySchema.properties, knownAt },
  },
  response: answersWith('Balance'),
} as const;

type Query = MinRevisionQuery & { readonly knownAt?: string };

/** A day, and the moment of the past from which it is looked at. */
type Known = { readonly date: number; readonly moment: KnownAt };

export function getBalanceRoute(app: FastifyInstance, { view, days, ledger }: Services): void {
  async function sendKnown(
    exchange: Exchange,
    reading: Reading<MerchantDays>,
    { date, moment }: Known,
  ): Promise<void> {
    const { merchant, days: found } = reading.value;
    const { head, value } = await ledger.balance(merchant.merchantId, formatDate(date), moment);
    const body = knownBalanceBody(merchant, date, found[0], value);
    const isFresh = isReached(moment, head, reading.head);
    sendRepresentation(exchange, bodyRepresentation(body, body), { tier: 'postgres', isFresh });
  }

  app.get<{ Params: DayParams; Querystring: Query }>(
    '/merchants/:merchantId/balances/:businessDate',
    { schema, config: readsBalances },
    (request, reply) => {
      const { merchantId } = request.params;
      const date = readDate('path', 'businessDate', request.params.businessDate);
      const moment = readKnownAt(request.query);
      const range = { from: date, to: date };
      return whenTold(view.days(merchantId, range, readMinRevision(request.query)), (reading) => {
        if (reading === null) throw merchantUnknown(merchantId);
        if (moment === null) sendRepresentation([request, reply], days.of(reading.value, date), reading);
        else return sendKnown([request, reply], reading, { date, moment });
      });
    },
  );
}

/**
 * Whether a ledger that ends with `head` has all records up to the moment. Of an instant it has them if it goes on to a record of a later one
 * (several may be of the same), or else if it has all that the balances know of: their greatest revision is that of the merchant's last record
 * (spec.md 2.3).
 */
function isReached(moment: KnownAt, head: LedgerHead, balancesHead: number): boolean {
  if ('ledgerSeq' in moment) return head.ledgerSeq >= moment.ledgerSeq;
  if (head.ledgerSeq >= balancesHead) return true;
  return head.recordedAt !== null && Date.parse(head.recordedAt) > moment.instantMs;
}

/** Null: as it is now. */
function readKnownAt({ knownAt: text, minRevision }: Query): KnownAt | null {
  if (text === undefined) return null;
  const refuse = (detail: string) => invalidParameter({ in: 'query', parameter: 'knownAt', detail });
  if (minRevision !== undefined) throw refuse('must not stand beside "minRevision"');
  if (text.includes('T')) {
    const instantMs = parseInstant(text);
    if (instantMs !== null) return { instantMs };
    throw refuse('must be an instant that exists');
  }
  const ledgerSeq = Number(text);
  if (Number.isSafeInteger(ledgerSeq)) return { ledgerSeq };
  throw refuse('must be at most 9007199254740991');
}
