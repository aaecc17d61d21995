/**
 * The entries API as a process. It needs Postgres to accept, and now and then the keys of the sign-in provider; any number of them run
 * side by side. It binds to loopback unless FLUXO_HTTP_HOST says otherwise.
 */

import { Shutdown } from '@fluxo/http';
import { openAccess } from '@fluxo/identity';
import { createLogger, Registry, requiredSetting } from '@fluxo/telemetry';
import { buildApp } from './build-app.ts';
import { servicesOver } from './services.ts';

/** Time for load balancers to see that this process is going, before it stops accepting. */
const ANNOUNCE_MS_DEFAULT = 500;
const CONNECTIONS_MAX = 16;

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'entries-api';
const log = createLogger(instance);
const metrics = new Registry();
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
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());

try {
  await app.listen({
    host: environment['FLUXO_HTTP_HOST'] ?? '127.0.0.1',
    port: Number(environment['FLUXO_HTTP_PORT'] ?? 0),
  });
  log.info({ address: app.listeningOrigin }, 'started');
} catch (error) {
  log.fatal({ err: error }, 'cannot go on');
  process.exitCode = 1;
  await store.close();
}

async function stop(): Promise<void> {
  await shutdown.drain(app, Number(environment['FLUXO_DRAIN_MS'] ?? ANNOUNCE_MS_DEFAULT));
  await store.close();
  log.info('stopped');
}
