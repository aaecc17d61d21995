/**
 * The query API as a value: routes, limits, problems, documentation and metrics over the views it is given. It opens no port and
 * no connection, so a test can inject requests; `main.ts` gives it real views and a socket.
 */
import underPressure from '@fastify/under-pressure';
import { type Access, registerAccess } from '@fluxo/identity';
import {
  accountBalanceSchema,
  amountsSchema,
  balanceRangeSchema,
  balanceSchema,
  kindTotalSchema,
  merchantSchema,
  methodTotalSchema,
  problemSchema,
} from '@fluxo/schemas';
import type { Registry } from '@fluxo/telemetry';
import { type FastifyInstance, fastify } from 'fastify';
import { registerDocumentation } from './plugins/documentation.plugin.ts';
import { type Readiness, registerOperations } from './plugins/operations.plugin.ts';
import {
  type FailureReporter,
  refuseConnection,
  registerProblems,
  sendFrameworkProblem,
} from './plugins/problems.plugin.ts';
import { registerRequestMetrics } from './plugins/request-metrics.plugin.ts';
import { merchantUnknown, Problem } from './problems.ts';
import { DayRepresentations } from './representations/day-representations.ts';
import { getBalanceRoute } from './routes/get-balance.route.ts';
import { getLatestBalanceRoute } from './routes/get-latest-balance.route.ts';
import { getMerchantRoute } from './routes/get-merchant.route.ts';
import { listBalancesRoute } from './routes/list-balances.route.ts';
import type { Services } from './routes/services.ts';
import type { Shutdown } from './shutdown.ts';
import type { TieredView } from './views/tiered-view.ts';

export type AppOptions = {
  readonly view: TieredView;
  /** Who checks the callers' access tokens; `off` lets everybody read every merchant. */
  readonly access: Access;
  readonly readiness: () => Readiness;
  readonly metrics: Registry;
  readonly reportFailure: FailureReporter;
  readonly shutdown: Shutdown;
  /** Slow or endless requests hold a socket no longer than this; a neighbour never notices them. */
  readonly requestTimeoutMs?: number;
};

const REQUEST_TIMEOUT_MS = 10_000;
const HEADER_BYTES_MAX = 16 * 1024;
const KEEP_ALIVE_MS = 72_000;

/** The longest path parameter that is looked at: an id of 64 characters, percent-encoded, fits. */
const PARAMETER_LENGTH_MAX = 256;

/**
 * When the event loop is this late on average over a whole second, requests queue for longer than callers wait: they are refused
 * instead. A single stall, of a garbage collection or of a busy neighbour, must not refuse anybody.
 */
const EVENT_LOOP_DELAY_MAX_MS = 250;
const PRESSURE_SAMPLED_EVERY_MS = 1_000;

/** Builds the API; it is ready to be listened on, or injected into. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = createServer(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  registerSchemas(app);
  registerProblems(app, options.reportFailure);
  registerRequestMetrics(app, options.metrics);
  options.shutdown.watch(app);
  await registerDocumentation(app);
  registerOperations(app, options);
  const services: Services = { view: options.view, days: new DayRepresentations() };
  await app.register(async (v1) => registerRoutes(v1, services, options.access), { prefix: '/v1' });
  return app;
}

function createServer(requestTimeoutMs: number): FastifyInstance {
  return fastify({
    logger: false,
    genReqId: requestIds(),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs / 5,
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

async function registerRoutes(v1: FastifyInstance, services: Services, access: Access): Promise<void> {
  await v1.register(underPressure, {
    maxEventLoopDelay: EVENT_LOOP_DELAY_MAX_MS,
    sampleInterval: PRESSURE_SAMPLED_EVERY_MS,
    pressureHandler: () => {
      throw new Problem(
        'overloaded',
        'More requests arrive than can be answered in time, so this one was not tried. Repeat it after the time in Retry-After, with growing pauses.',
      );
    },
  });
  registerAccess(v1, { access, absentMerchant: merchantUnknown });
  getBalanceRoute(v1, services);
  getLatestBalanceRoute(v1, services);
  listBalancesRoute(v1, services);
  getMerchantRoute(v1, services);
}

/** The schemas are for the OpenAPI document and its readers; answers are text by the time they are sent. */
function registerSchemas(app: FastifyInstance): void {
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  for (const schema of [
    amountsSchema,
    accountBalanceSchema,
    kindTotalSchema,
    methodTotalSchema,
    balanceSchema,
    balanceRangeSchema,
    merchantSchema,
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
