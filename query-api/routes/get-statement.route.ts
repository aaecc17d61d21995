/**
 * GET /v1/merchants/{merchantId}/statements?from=&to=[&account=]: the statement (extrato) of an account or of all, over business days, in the
 * form that Accept asks for. It is streamed out of one moment of the ledger, whatever its length; one that cannot be finished breaks the
 * connection, so that no caller takes a part for the whole.
 */
import { createHash, hash } from 'node:crypto';
import { formatDate, type Merchant } from '@fluxo/schemas';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountUnknown, statementTooLong } from '../problems.ts';
import { entityTag } from '../representations/representation.ts';
import { chooseForm, statementForms } from '../statements/choose-form.ts';
import { partsOf, type Statement, statementOf } from '../statements/statement.ts';
import type { StatementForm } from '../statements/statement-form.ts';
import { statementStream } from '../statements/statement-stream.ts';
import type { StatementQuestion } from '../views/statement-view.ts';
import { knownMerchant } from './known-merchant.ts';
import {
  accountIdSchema,
  dateSchema,
  type MerchantParams,
  merchantParamsSchema,
  type RangeQuery,
  readRange,
} from './parameters.ts';
import { readsBalances, security } from './permission.ts';
import { answersInForms } from './responses.ts';
import { isMatch } from './send-representation.ts';
import type { Services } from './services.ts';

const schema = {
  operationId: 'getStatement',
  tags: ['ledger'],
  security,
  summary: 'The statement of a range of days, both ends included, at most 400',
  description:
    'Of each account the opening balance, every entry in the order of the ledger, and each day’s closing balance, out of one moment. As JSON, or as Accept asks. A statement that cannot be finished ends with a broken connection. Behind the last byte comes the trailer field Repr-Digest (RFC 9530) with its SHA-256.',
  params: merchantParamsSchema,
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['from', 'to'],
    properties: {
      from: dateSchema,
      to: dateSchema,
      account: { ...accountIdSchema, description: 'Of this account alone; otherwise of all.' },
    },
  },
  response: answersInForms(
    'Statement',
    statementForms.map(({ mediaType }) => mediaType),
  ),
} as const;

type Query = RangeQuery & { readonly account?: string };
type Route = { Params: MerchantParams; Querystring: Query };

export function getStatementRoute(app: FastifyInstance, services: Services): void {
  const { view, statements, reportFailure } = services;
  app.get<Route>(
    '/merchants/:merchantId/statements',
    { schema, config: readsBalances },
    async (request, reply) => {
      const form = chooseForm(request.headers);
      const merchant = await knownMerchant(view, request.params.merchantId);
      const question = readQuestion(merchant, request.query);
      const reading = await statements.open(question);
      try {
        const statement = statementOf(merchant, question, reading);
        demandLength(form, statement);
        describe(reply, { statement, form, question, merchant });
        if (isWithoutBody(request, reply)) {
          await reading.close();
          return reply.send();
        }
        const report = (error: unknown): void => reportFailure(error, request.id);
        const parts = partsOf(statement, reading);
        const digest = createHash('sha256');
        describeEnd(request, reply, () => digest.digest('base64'));
        return reply.send(statementStream({ parts, form, reading, digest, reportFailure: report }));
      } catch (error) {
        await reading.close();
        throw error;
      }
    },
  );
}

function readQuestion(merchant: Merchant, query: Query): StatementQuestion {
  const range = readRange('query', query);
  const accountId = query.account ?? null;
  if (accountId !== null && !merchant.accounts.some((each) => each.accountId === accountId))
    throw accountUnknown(accountId);
  return {
    merchantId: merchant.merchantId,
    dates: { from: formatDate(range.from), to: formatDate(range.to) },
    accountId,
  };
}

/** Throws `statement-too-long`. */
function demandLength({ entriesMax, mediaType }: StatementForm, { accounts }: Statement): void {
  const days = accounts.flatMap((account) => account.days);
  const entryCount = days.reduce((sum, { creditCount, debitCount }) => sum + creditCount + debitCount, 0);
  if (entriesMax !== null && entryCount > entriesMax)
    throw statementTooLong(mediaType, entryCount, entriesMax);
}

type Described = {
  readonly statement: Statement;
  readonly form: StatementForm;
  readonly question: StatementQuestion;
  readonly merchant: Merchant;
};

/** A statement depends on nothing but its moment, what was asked, the names in force and its form; so does its tag. */
function describe(reply: FastifyReply, { statement, form, question, merchant }: Described): void {
  const { ledgerSeq, recordedAt } = statement.asOf;
  const asked = JSON.stringify([question, form.mediaType, merchant.revision]);
  reply
    .header('cache-control', 'no-cache')
    .header('vary', 'accept')
    .header('etag', entityTag(ledgerSeq, hash('sha256', asked, 'base64url')))
    .header('x-fluxo-revision', ledgerSeq)
    .header('x-fluxo-recorded-at', recordedAt)
    .header('x-fluxo-tier', 'postgres')
    .header('content-type', form.contentType);
  if (form.extension !== null)
    reply.header('content-disposition', `attachment; filename="${fileName(question)}.${form.extension}"`);
}

/** What is known only behind the last byte: the SHA-256 of all of them, in base64 (RFC 9530). HTTP/1.0 has no place for it. */
function describeEnd(request: FastifyRequest, reply: FastifyReply, sha256: () => string): void {
  if (request.raw.httpVersion === '1.0') return;
  reply.trailer('repr-digest', (_reply, _payload, done) => done(null, `sha-256=:${sha256()}:`));
}

/** Of ids and dates, which need no quoting. */
function fileName({ merchantId, dates, accountId }: StatementQuestion): string {
  const account = accountId === null ? [] : [accountId];
  return ['statement', merchantId, ...account, dates.from, dates.to].join('-');
}

/** Whether the headers say it all; then 304 where the caller has the rest. */
function isWithoutBody(request: FastifyRequest, reply: FastifyReply): boolean {
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined && isMatch(ifNoneMatch, String(reply.getHeader('etag')))) {
    reply.code(304);
    return true;
  }
  return request.method === 'HEAD';
}
