/**
 * How the programs of this machine are let in at the local stack's query API: as the machine client that may read every merchant. Where
 * sign-in is off, or this home has never had a provider, they come without a token, and the API says what it thinks of that.
 */
import { CLI_CLIENT, clientSecretOf } from './client-secrets.ts';
import { type LocalProvider, machineToken } from './local-tokens.ts';
import type { Environment } from './settings.ts';

/** Headers for a request to the API; asked for anew before each, because tokens end. Fails if the provider does not answer. */
export type ApiAccess = () => Promise<Readonly<Record<string, string>>>;

/** Half of a token's life, in milliseconds. */
const RENEW_AFTER_MS = 300_000;

export const withoutToken: ApiAccess = async () => ({});

/** With this very token, whoever made it. */
export function withToken(token: string): ApiAccess {
  return async () => ({ authorization: `Bearer ${token}` });
}

export function localAccess(at: LocalProvider, env: Environment): ApiAccess {
  if (env['FLUXO_AUTH'] === 'off') return withoutToken;
  let current: { readonly token: Promise<string>; readonly madeAtMs: number } | null = null;
  return async () => {
    if (clientSecretOf(at.home, CLI_CLIENT) === null) return {};
    if (current === null || performance.now() - current.madeAtMs > RENEW_AFTER_MS)
      current = { token: machineToken(at, CLI_CLIENT), madeAtMs: performance.now() };
    try {
      return { authorization: `Bearer ${await current.token}` };
    } catch (error) {
      current = null;
      throw error;
    }
  };
}
