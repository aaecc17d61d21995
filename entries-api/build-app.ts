/**
 * The entries API as a value: routes, limits, problems, documentation and metrics over the store it is given. It opens no port, so a test
 * can inject requests; `main.ts` gives it a database and a socket. Nothing on the way to an answer needs anything but that database.
 */
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
import { type FastifyInstance, fastify } from 'fastify';
import { registerDocumentation } from './plugins/documentation.plugin.ts';
import { registerJsonBody } from './plugins/json-body.plugin.ts';
import { type OperationsOptions, registerOperations } from './plugins/operations.plugin.ts';
import {
  type FailureReporter,
  refuseConnection,
  registerProblems,
  sendFrameworkProblem,
} from './plugins/problems.plugin.ts';
import { registerRequestMetrics } from './plugins/request-metrics.plugin.ts';
import { merchantUnknown } from './problems.ts';
import { getSubmissionRoute } from './routes/get-submission.route.ts';
import type { Services } from './routes/services.ts';
import { submitRoutes } from './routes/submit.route.ts';
import { submitBatchRoute } from './routes/submit-batch.route.ts';
import type { Shutdown } from './shutdown.ts';

export type AppOptions = OperationsOptions & {
  readonly services: Services;
  /** Who checks the callers' access tokens; `off` lets everybody enter for every merchant. */
  readonly access: Access;
  readonly metrics: Registry;
  readonly reportFailure: FailureReporter;
  readonly shutdown: Shutdown;
};

const REQUEST_TIMEOUT_MS = 10_000;
const HEADER_BYTES_MAX = 16 * 1024;
const BODY_BYTES_MAX = 64 * 1024;
const KEEP_ALIVE_MS = 72_000;
/** The longest path parameter that is looked at: an id of 64 characters, percent-encoded, fits. */
const PARAMETER_LENGTH_MAX = 256;

/** Builds the API; it is ready to be listened on, or injected into. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = createServer();
  registerSchemas(app);
  registerProblems(app, options.reportFailure);
  registerJsonBody(app);
  registerRequestMetrics(app, options.metrics);
  options.shutdown.watch(app);
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

function createServer(): FastifyInstance {
  return fastify({
    logger: false,
    genReqId: requestIds(),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 5,
    },
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    // A process that shuts down answers what still reaches it; it says "connection: close" meanwhile.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: sendFrameworkProblem,
    clientErrorHandler: refuseConnection,
  });
}

function registerSchemas(app: FastifyInstance): void {
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  for (const schema of [
    newEntrySchema,
    newTransferSchema,
    newReversalSchema,
    newDayCloseSchema,
    newDayReopenSchema,
    merchantSettingsSchema,
    entryBatchSchema,
    submissionSchema,
    problemSchema,
  ])
    app.addSchema(schema);
}

/** Short names for requests, unique within the log: one random word per process, then a number. */
function requestIds(): () => string {
  const process = crypto.randomUUID().slice(0, 8);
  let count = 0;
  return () => `${process}-${(++count).toString(36)}`;
}
