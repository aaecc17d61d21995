/**
 * The page's back end as a process. It starts with Redis, and with nothing else behind it: the sign-in provider and the APIs are
 * found when they are first asked; without FLUXO_OPERATIONS_API the page has no part for operators. FLUXO_PROXIES says how many proxies
 * browsers come through: limits by address would count the last of them otherwise. Any number of these processes run side by side.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Shutdown, serve } from '@fluxo/http';
import { clientSecretOf, openAccess } from '@fluxo/identity';
import { createLogger, processMetrics, requiredSetting, startTracing } from '@fluxo/telemetry';
import { buildApp } from './build-app.ts';
import { servicesOver } from './services-over.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'bff';
await startTracing(instance, { hears: 'browsers' });
const log = createLogger(instance);
const metrics = processMetrics();
const shutdown = new Shutdown();

const checkout = fileURLToPath(new URL('../', import.meta.url));
const home = resolve(checkout, environment['FLUXO_HOME'] ?? '.fluxo');
const publicUrl = requiredSetting('FLUXO_BFF');

const verifier = openAccess(environment, log, 'is nobody');
if (verifier === 'off')
  throw new Error(
    'Without a sign-in provider there are no sessions: FLUXO_AUTH=off and this process do not go together.',
  );
const { services, close } = servicesOver({
  redis: requiredSetting('FLUXO_REDIS'),
  queryApi: requiredSetting('FLUXO_QUERY_API'),
  entriesApi: requiredSetting('FLUXO_ENTRIES_API'),
  operationsApi: environment['FLUXO_OPERATIONS_API'] ?? null,
  provider: {
    issuer: requiredSetting('FLUXO_OIDC_ISSUER'),
    clientId: environment['FLUXO_OIDC_CLIENT_ID'] ?? 'fluxo-bff',
    scopePrefix: scopePrefix(),
    clientSecret,
    publicUrl,
    verifier,
  },
});
const app = await buildApp({
  services,
  publicUrl,
  pageFolder: resolve(checkout, environment['FLUXO_PAGE'] ?? 'web/dist/browser'),
  proxies: proxies(environment['FLUXO_PROXIES']),
  metrics,
  shutdown,
  readiness: async () => ({ ready: !shutdown.isAnnounced && (await services.store.isReady()) }),
  reportFailure: (error, requestId) => log.error({ err: error, requestId }, 'a request was not answered'),
});
await serve(app, { shutdown, log, close });

/** From the environment; on a stack of this machine, where its provider has put it. */
function clientSecret(): string {
  const secret = environment['FLUXO_OIDC_CLIENT_SECRET'] ?? clientSecretOf(home, 'fluxo-bff');
  if (secret !== null) return secret;
  throw new Error(
    'FLUXO_OIDC_CLIENT_SECRET is not set, and no sign-in provider of this machine has made one up in FLUXO_HOME',
  );
}

/** Throws with what is wrong with it. */
function proxies(text = '0'): number {
  if (/^\d$/.test(text)) return Number(text);
  throw new Error(
    `FLUXO_PROXIES is ${JSON.stringify(text)}, but must say how many proxies stand between browsers and this process: 0 to 9`,
  );
}

/** Cognito names the API in each scope (`identity/token-form.ts`). */
function scopePrefix(): string {
  const isCognito = (environment['FLUXO_OIDC_COGNITO_CLIENTS'] ?? '') !== '';
  return isCognito ? `${requiredSetting('FLUXO_OIDC_AUDIENCE')}/` : '';
}
