/**
 * How the programs of this machine are let in at the local stack's query API: as the machine client that may read every merchant. Where
 * sign-in is off, or this home has never had a provider, they come without a token, and the API says what it thinks of that.
 */
import { CLI_CLIENT, clientSecretOf } from './client-secrets.ts';
import { type LocalProvider, machineToken } from './local-tokens.ts';
import { type ApiAccess, renewed } from './renewed-token.ts';
import type { Environment } from './settings.ts';

export const withoutToken: ApiAccess = async () => ({});

/** With this very token, whoever made it. */
export function withToken(token: string): ApiAccess {
  return async () => ({ authorization: `Bearer ${token}` });
}

export function localAccess(at: LocalProvider, env: Environment): ApiAccess {
  if (env['FLUXO_AUTH'] === 'off') return withoutToken;
  const access = renewed(() => machineToken(at, CLI_CLIENT));
  return async () => (clientSecretOf(at.home, CLI_CLIENT) === null ? {} : access());
}
