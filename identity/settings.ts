/**
 * Whose tokens a process accepts, from its environment: FLUXO_OIDC_ISSUER and FLUXO_OIDC_AUDIENCE, and FLUXO_OIDC_COGNITO_CLIENTS where
 * the provider is Amazon Cognito. Without the first two a process does not start, because a service that forgot its sign-in looks like
 * one that works. FLUXO_AUTH=off, on loopback only, is how a person says
 * that sign-in is not wanted: for benches, and tests that are about something else.
 */
import type { Logger } from '@fluxo/telemetry';
import type { Access } from './access.plugin.ts';
import { type KeyFailureReporter, ProviderKeys } from './provider-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)$/;

/**
 * Only these may be spoken to in the clear: this machine, which names below localhost are too (RFC 6761 section 6.3), and names without a dot, which exist
 * inside one network of containers.
 */
const IN_THE_CLEAR = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|[a-z0-9-]+(?:\.localhost)?)$/;

/** What checks tokens in a process with this environment. Throws, saying what to set, if that is not clear. */
export function accessFrom(env: Environment, report: KeyFailureReporter): Access {
  if (isOff(env)) return 'off';
  const issuer = env['FLUXO_OIDC_ISSUER'] ?? '';
  const audience = env['FLUXO_OIDC_AUDIENCE'] ?? '';
  if (issuer === '' || audience === '')
    throw new Error(
      'FLUXO_OIDC_ISSUER and FLUXO_OIDC_AUDIENCE must say whose access tokens count and for which API: without them every merchant would stand open. ' +
        'On a machine of your own, FLUXO_AUTH=off says that this is what you want.',
    );
  demandSafe(issuer);
  const cognitoClients = env['FLUXO_OIDC_COGNITO_CLIENTS']?.split(',').filter((each) => each !== '');
  return new TokenVerifier({ issuer, audience, cognitoClients, keys: new ProviderKeys(issuer, report) });
}

/** The same for a process of its own, which says in its log what becomes of it. `opened` is what everybody may do where sign-in is off. */
export function openAccess(env: Environment, log: Logger, opened: string): Access {
  const access = accessFrom(env, (error) =>
    log.warn(
      { err: error },
      'the keys of the sign-in provider cannot be fetched; those there are serve for 10 minutes',
    ),
  );
  if (access === 'off') log.warn(`SIGN-IN IS OFF (FLUXO_AUTH=off): whoever reaches this port ${opened}`);
  return access;
}

/** Whether sign-in is switched off on purpose. Throws if that would open it to other machines, or if FLUXO_AUTH says anything else. */
function isOff(env: Environment): boolean {
  const wish = env['FLUXO_AUTH'] ?? '';
  if (wish === '') return false;
  if (wish !== 'off') throw new Error(`FLUXO_AUTH is ${JSON.stringify(wish)}: it is "off" or not set.`);
  const host = env['FLUXO_HTTP_HOST'] ?? '127.0.0.1';
  if (isLoopback(host)) return true;
  throw new Error(
    `FLUXO_AUTH=off opens every merchant to whoever reaches ${host}: it is possible on loopback only. Set FLUXO_OIDC_ISSUER and FLUXO_OIDC_AUDIENCE instead.`,
  );
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Throws, saying what is allowed, if tokens of this issuer could be read or made by who stands in between. */
export function demandSafe(issuer: string): void {
  const url = URL.parse(issuer);
  if (url?.protocol === 'https:') return;
  if (url?.protocol === 'http:' && IN_THE_CLEAR.test(url.hostname)) return;
  throw new Error(
    `FLUXO_OIDC_ISSUER is ${JSON.stringify(issuer)}: it must be the https address of the sign-in provider, as its tokens write it (http on this machine).`,
  );
}
