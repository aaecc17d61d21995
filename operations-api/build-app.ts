/**
 * The operations API as a value: routes, limits, problems, documentation and metrics over the pipeline it is given. It opens no port, so a test can
 * inject requests; `main.ts` gives it brokers and a socket.
 */
import {
  createServer,
  type FailureReporter,
  type OperationsOptions,
  parseStrictJson,
  registerAnswerSchemas,
  registerLoadShedding,
  registerOperations,
  registerRequestMetrics,
  registerRequestTraces,
  type Shutdown,
  takeJson,
} from '@fluxo/http';
import { type Access, registerAccess } from '@fluxo/identity';
import {
  auditSchema,
  pipelineSchema,
  problemSchema,
  rejectionDetailSchema,
  rejectionPageSchema,
  replaySchema,
  replayWishSchema,
  trailsSchema,
} from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { registerDocumentation } from './plugins/documentation.plugin.ts';
import { refuseConnection, registerProblems, sendFrameworkProblem } from './plugins/problems.plugin.ts';
import { overloaded, rejectionUnknown } from './problems.ts';
import { getAuditRoute } from './routes/get-audit.route.ts';
import { getRejectionRoute } from './routes/get-rejection.route.ts';
import { getTopicsRoute } from './routes/get-topics.route.ts';
import { listRejectionsRoute } from './routes/list-rejections.route.ts';
import { listTrailsRoute } from './routes/list-trails.route.ts';
import { replayRejectionRoute } from './routes/replay-rejection.route.ts';
import type { Services } from './routes/services.ts';

export type AppOptions = OperationsOptions & {
  readonly services: Services;
  /** Who checks the callers' access tokens; `off` takes everybody for an operator. */
  readonly access: Access;
  readonly reportFailure: FailureReporter;
  readonly shutdown: Shutdown;
  /** Slow or endless requests hold a socket no longer than this; a neighbour never notices them. */
  readonly requestTimeoutMs?: number;
};

const BODY_BYTES_MAX = 1024;

const answerSchemas = [
  pipelineSchema,
  rejectionPageSchema,
  rejectionDetailSchema,
  replaySchema,
  replayWishSchema,
  trailsSchema,
  auditSchema,
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
  takeJson(app, parseStrictJson);
  registerRequestMetrics(app, options.metrics);
  registerRequestTraces(app, { of: 'all' });
  options.shutdown.watch(app);
  registerLoadShedding(app, { overloaded: overloaded() });
  await registerDocumentation(app);
  registerOperations(app, options);
  const { services, access } = options;
  await app.register(
    async (v1) => {
      // What is so now is so for nobody else and no other moment.
      v1.addHook('onRequest', async (_, reply) => void reply.header('cache-control', 'no-store'));
      registerAccess(v1, { access, absentMerchant: rejectionUnknown });
      getTopicsRoute(v1, services);
      listRejectionsRoute(v1, services);
      getRejectionRoute(v1, services);
      replayRejectionRoute(v1, services);
      listTrailsRoute(v1, services);
      getAuditRoute(v1, services);
    },
    { prefix: '/v1' },
  );
  return app;
}
