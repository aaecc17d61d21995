/**
 * The query API as a value: routes, limits, problems, documentation and metrics over the views it is given. It opens no port and
 * no connection, so a test can inject requests; `main.ts` gives it real views and a socket.
 */
import {
  createServer,
  type FailureReporter,
  type OperationsOptions,
  type Readiness,
  registerAnswerSchemas,
  registerLoadShedding,
  registerOperations,
  registerRequestTraces,
  type Shutdown,
} from '@fluxo/http';
import { type Access, registerAccess } from '@fluxo/identity';
import {
  accountBalanceSchema,
  amountsSchema,
  balanceRangeSchema,
  balanceSchema,
  daySchema,
  entryDetailSchema,
  entryPageSchema,
  entrySchema,
  explanationSchema,
  kindTotalSchema,
  merchantSchema,
  methodTotalSchema,
  problemSchema,
  provenEntrySchema,
  statementEntrySchema,
  statementSchema,
  summariesQuestionSchema,
  summariesSchema,
  summarySchema,
} from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { Cursors } from './cursors.ts';
import type { FirstReads } from './first-reads.ts';
import { registerAnswerMetrics } from './plugins/answer-metrics.plugin.ts';
import { registerDocumentation } from './plugins/documentation.plugin.ts';
import { refuseConnection, registerProblems, sendFrameworkProblem } from './plugins/problems.plugin.ts';
import { merchantUnknown, overloaded } from './problems.ts';
import { DayRepresentations } from './representations/day-representations.ts';
import { RangeRepresentations } from './representations/range-representations.ts';
import { explainBalanceRoute } from './routes/explain-balance.route.ts';
import { getBalanceRoute } from './routes/get-balance.route.ts';
import { getDayRoute } from './routes/get-day.route.ts';
import { getEntryRoute } from './routes/get-entry.route.ts';
import { getLatestBalanceRoute } from './routes/get-latest-balance.route.ts';
import { getMerchantRoute } from './routes/get-merchant.route.ts';
import { getStatementRoute } from './routes/get-statement.route.ts';
import { getSummaryRoute } from './routes/get-summary.route.ts';
import { listBalancesRoute } from './routes/list-balances.route.ts';
import { listEntriesRoute } from './routes/list-entries.route.ts';
import type { Services } from './routes/services.ts';
import { summarizeMerchantsRoute } from './routes/summarize-merchants.route.ts';
import { type LedgerView, noLedger } from './views/ledger-view.ts';
import { noStatements, type StatementView } from './views/statement-view.ts';
import type { TieredView } from './views/tiered-view.ts';

export type ViewReadiness = Readiness & {
  /**
   * Topic → partition → next offset the memory view will apply: nothing before it has begun to read, and then every partition that this
   * process holds. Whoever waits for it tells by that what is another process's (`fluxo wait`, the audit).
   */
  readonly positions: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

export type AppOptions = OperationsOptions<ViewReadiness> & {
  readonly view: TieredView;
  /** What stands in the ledger, and the secret of its listings' cursors. Without it the routes that need it answer 503. */
  readonly ledger?: { readonly view: LedgerView; readonly cursorSecret: string } | undefined;
  /** What statements are read from; without it they answer 503. */
  readonly statements?: StatementView | undefined;
  /** Who checks the callers' access tokens; `off` lets everybody read every merchant. */
  readonly access: Access;
  /** Where traces of entries are followed up to the first answer that shows them. */
  readonly firstReads?: FirstReads | undefined;
  readonly reportFailure: FailureReporter;
  readonly shutdown: Shutdown;
  /** Slow or endless requests hold a socket no longer than this; a neighbour never notices them. */
  readonly requestTimeoutMs?: number;
};

const answerSchemas = [
  amountsSchema,
  accountBalanceSchema,
  kindTotalSchema,
  methodTotalSchema,
  balanceSchema,
  balanceRangeSchema,
  merchantSchema,
  entrySchema,
  provenEntrySchema,
  entryPageSchema,
  entryDetailSchema,
  daySchema,
  statementEntrySchema,
  statementSchema,
  summarySchema,
  summariesSchema,
  summariesQuestionSchema,
  explanationSchema,
  problemSchema,
];

/** Builds the API; it is ready to be listened on, or injected into. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = createServer({
    requestTimeoutMs: options.requestTimeoutMs,
    frameworkErrors: sendFrameworkProblem,
    clientErrorHandler: refuseConnection,
  });
  registerAnswerSchemas(app, answerSchemas);
  registerProblems(app, options.reportFailure);
  registerAnswerMetrics(app, options.metrics);
  // Of a request from memory even a span that nobody records would be a noticeable part.
  registerRequestTraces(app, { of: 'recorded' });
  options.firstReads?.watch(app);
  options.shutdown.watch(app);
  registerLoadShedding(app, { overloaded: overloaded() });
  await registerDocumentation(app);
  registerOperations(app, options, 'Whether it should be sent traffic, and how far it has read');
  const { view, access, ledger = { view: noLedger, cursorSecret: '' } } = options;
  const days = new DayRepresentations();
  const services: Services = {
    view,
    days,
    ranges: new RangeRepresentations(days),
    ledger: ledger.view,
    cursors: new Cursors(ledger.cursorSecret),
    statements: options.statements ?? noStatements,
    reportFailure: options.reportFailure,
  };
  await app.register(async (v1) => registerRoutes(v1, services, access), { prefix: '/v1' });
  return app;
}

async function registerRoutes(v1: FastifyInstance, services: Services, access: Access): Promise<void> {
  registerAccess(v1, { access, absentMerchant: merchantUnknown });
  getBalanceRoute(v1, services);
  getLatestBalanceRoute(v1, services);
  listBalancesRoute(v1, services);
  getMerchantRoute(v1, services);
  getSummaryRoute(v1, services);
  listEntriesRoute(v1, services);
  getEntryRoute(v1, services);
  getDayRoute(v1, services);
  explainBalanceRoute(v1, services);
  getStatementRoute(v1, services);
  await v1.register(async (readingBodies) => summarizeMerchantsRoute(readingBodies, services));
}
