/**
 * The page's back end as a value: sign-in, session, fixed routes, live changes and the built page over the services it is given. It
 * opens no port, so a test can inject requests; `main.ts` gives it a socket, Redis, a provider and the two APIs.
 */
import cookie from '@fastify/cookie';
import {
  createServer,
  type FailureReporter,
  type OperationsOptions,
  registerLoadShedding,
  registerOperations,
  type Shutdown,
} from '@fluxo/http';
import type { FastifyInstance } from 'fastify';
import { registerBffMetrics } from './plugins/bff-metrics.plugin.ts';
import { registerPage } from './plugins/page.plugin.ts';
import { refuseConnection, registerProblems, sendFrameworkProblem } from './plugins/problems.plugin.ts';
import {
  defaultRateLimits,
  limitPerSession,
  type RateLimits,
  registerRateLimits,
} from './plugins/rate-limits.plugin.ts';
import { registerSecurityHeaders } from './plugins/security-headers.plugin.ts';
import { registerSignedIn } from './plugins/signed-in.plugin.ts';
import { overloaded } from './problems.ts';
import { commandRoutes } from './routes/commands.route.ts';
import { getDayRoute } from './routes/get-day.route.ts';
import { getMonthRoute } from './routes/get-month.route.ts';
import { getSessionRoute } from './routes/get-session.route.ts';
import { ledgerRoutes } from './routes/ledger.route.ts';
import { liveRoute } from './routes/live.route.ts';
import { operationsRoutes } from './routes/operations.route.ts';
import { signInRoutes } from './routes/sign-in.route.ts';
import { signOutRoute } from './routes/sign-out.route.ts';
import { statementRoute } from './routes/statement.route.ts';
import type { Services } from './services.ts';

export type AppOptions = OperationsOptions & {
  readonly services: Services;
  /** Where browsers find the page: scheme, host and port. */
  readonly publicUrl: string;
  /** The folder of the built page; it may be missing. */
  readonly pageFolder: string;
  readonly reportFailure: FailureReporter;
  readonly shutdown: Shutdown;
  readonly rateLimits?: RateLimits;
  /** How many proxies browsers come through; by default none. */
  readonly proxies?: number;
};

const BODY_BYTES_MAX = 64 * 1024;

/** Builds it; it is ready to be listened on, or injected into. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { services, publicUrl, rateLimits = defaultRateLimits, proxies } = options;
  const app = createServer({
    bodyLimit: BODY_BYTES_MAX,
    proxies,
    frameworkErrors: sendFrameworkProblem,
    clientErrorHandler: refuseConnection,
  });
  registerProblems(app, options.reportFailure);
  registerBffMetrics(app, options.metrics, services);
  options.shutdown.watch(app);
  registerLoadShedding(app, { overloaded: overloaded() });
  await registerSecurityHeaders(app, publicUrl);
  await registerRateLimits(app, rateLimits);
  await app.register(cookie);
  registerOperations(app, options);
  await registerPage(app, options.pageFolder);
  signInRoutes(app, services);
  await app.register(async (inside) => {
    registerSignedIn(inside, { sessions: services.sessions, origin: new URL(publicUrl).origin });
    limitPerSession(inside, rateLimits);
    signOutRoute(inside, services);
    getSessionRoute(inside, services);
    getDayRoute(inside, services);
    getMonthRoute(inside, services);
    ledgerRoutes(inside, services);
    statementRoute(inside, services);
    liveRoute(inside, services);
    await inside.register(async (operators) => operationsRoutes(operators, services));
    commandRoutes(inside, services);
  });
  app.addHook('preClose', async () => services.live.close());
  return app;
}
