/**
 * The entries API as a value: routes, limits, problems, documentation and metrics over the store it is given. It opens no port, so a test
 * can inject requests; `main.ts` gives it a database and a socket. Nothing on the way to an answer needs anything but that database.
 */
import {
  createServer,
  type FailureReporter,
  type OperationsOptions,
  registerAnswerSchemas,
  registerLoadShedding,
  registerOperations,
  registerRequestMetrics,
  registerRequestTraces,
  type Shutdown,
} from '@fluxo/http';
import { type Access, registerAccess } from '@fluxo/identity';
import {
  entryBatchSchema,
  merchantSettingsSchema,
  newDayCloseSchema,
  newDayReopenSchema,
  newEntrySchema,
  newReversalSchema,
  newTransferSchema,
  problemSchema,
  submissionSchema,
} from '@fluxo/schemas';
import type { Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';
import { registerDocumentation } from './plugins/documentation.plugin.ts';
import { registerJsonBody } from './plugins/json-body.plugin.ts';
import { refuseConnection, registerProblems, sendFrameworkProblem } from './plugins/problems.plugin.ts';
import { merchantUnknown, overloaded } from './problems.ts';
import { getSubmissionRoute } from './routes/get-submission.route.ts';
import type { Services } from './routes/services.ts';
import { submitRoutes } from './routes/submit.route.ts';
import { submitBatchRoute } from './routes/submit-batch.route.ts';

export type AppOptions = OperationsOptions & {
  readonly services: Services;
  /** Who checks the callers' access tokens; `off` lets everybody enter for every merchant. */
  readonly access: Access;
  readonly metrics: Registry;
  readonly reportFailure: FailureReporter;
  readonly shutdown: Shutdown;
  /** Slow or endless requests hold a socket no longer than this; a neighbour never notices them. */
  readonly requestTimeoutMs?: number;
};

const BODY_BYTES_MAX = 64 * 1024;

const answerSchemas = [
  newEntrySchema,
  newTransferSchema,
  newReversalSchema,
  newDayCloseSchema,
  newDayReopenSchema,
  merchantSettingsSchema,
  entryBatchSchema,
  submissionSchema,
  problemSchema,
];

/** Builds the API; it is ready to be listened on, or injected into. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = createServer({
    requestTimeoutMs: options.requestTimeoutMs,
    bodyLimit: BODY_BYTES_MAX,
    frameworkErrors: sendFrameworkProblem,
    clientErrorHandler: refuseConnection,
  });
  registerAnswerSchemas(app, answerSchemas);
  registerProblems(app, options.reportFailure);
  registerJsonBody(app);
  registerRequestMetrics(app, options.metrics);
  registerRequestTraces(app, { of: 'all' });
  options.shutdown.watch(app);
  registerLoadShedding(app, { overloaded: overloaded(), isCrowded: () => options.services.store.isCrowded });
  await registerDocumentation(app);
  registerOperations(app, options);
  const { services, access } = options;
  await app.register(
    async (v1) => {
      registerAccess(v1, { access, absentMerchant: merchantUnknown });
      submitRoutes(v1, services);
      submitBatchRoute(v1, services);
      getSubmissionRoute(v1, services);
    },
    { prefix: '/v1' },
  );
  return app;
}
