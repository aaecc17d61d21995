/**
 * The local stack's sign-in provider as a process, on a person's own machine only (own-machine.ts). What must outlive it is in
 * FLUXO_HOME/identity.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@fluxo/telemetry';
import { identityFolder } from '../client-secrets.ts';
import { createProvider } from './demo-provider.ts';
import { FileStore } from './file-store.ts';
import { keptKeys } from './kept-keys.ts';
import { hostOnOwnMachine } from './own-machine.ts';
import { serverOf } from './provider-server.ts';

const environment = process.env;
const log = createLogger(environment['FLUXO_INSTANCE'] ?? 'identity');
const host = hostOnOwnMachine(environment);

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const home = resolve(checkout, environment['FLUXO_HOME'] ?? '.fluxo');
const provider = createProvider({
  issuer: required('FLUXO_OIDC_ISSUER'),
  audience: required('FLUXO_OIDC_AUDIENCE'),
  bffCallback: required('FLUXO_BFF_CALLBACK'),
  keys: await keptKeys(home),
  store: new FileStore(join(identityFolder(home), 'store.json')),
});
const server = serverOf(provider, (error) => log.error({ err: error }, 'a request was not answered'));
server.once('error', (error) => {
  log.fatal({ err: error }, 'cannot go on');
  process.exit(1);
});
server.listen(Number(environment['FLUXO_HTTP_PORT'] ?? 0), host, () => log.info({ host }, 'started'));
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => log.info('stopped'));
    server.closeIdleConnections();
  });

function required(name: string): string {
  const value = environment[name] ?? '';
  if (value !== '') return value;
  throw new Error(`${name} is not set; \`npm start\` sets it for the local stack`);
}
