/**
 * The entries API as a process. It needs Postgres to accept, and now and then the keys of the sign-in provider; any number of them run
 * side by side. It binds to loopback unless FLUXO_HTTP_HOST says otherwise.
 */

import { Shutdown, serve } from '@fluxo/http';
import { openAccess } from '@fluxo/identity';
import { createLogger, processMetrics, requiredSetting, startTracing } from '@fluxo/telemetry';
import { buildApp } from './build-app.ts';
import { servicesOver } from './services.ts';

const CONNECTIONS_MAX = 16;

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'entries-api';
await startTracing(instance);
const log = createLogger(instance);
const metrics = processMetrics();
const shutdown = new Shutdown();

const access = openAccess(environment, log, 'enters for every merchant');

const { services, store } = servicesOver({
  url: requiredSetting('FLUXO_POSTGRES', 'database'),
  name: instance,
  connectionsMax: CONNECTIONS_MAX,
});
const app = await buildApp({
  services,
  access,
  metrics,
  shutdown,
  readiness: async () => ({ ready: !shutdown.isAnnounced && (await store.isReady()) }),
  reportFailure: (error, requestId) => log.error({ err: error, requestId }, 'a request was not answered'),
});
await serve(app, { shutdown, log, close: () => store.close() });
