/**
 * How a program that runs by itself is let in at an API anywhere: by client credentials (RFC 6749 section 4.4), as a client that the sign-in provider
 * knows by a secret. Tokens end, so a new one is fetched at half of a token's life. For programs of this machine there is `local-access.ts`.
 */
import * as client from 'openid-client';
import type { Scope } from './caller.ts';
import { type ApiAccess, renewed } from './renewed-token.ts';
import { demandSafe, type Environment } from './settings.ts';

const ANSWER_WITHIN_S = 10;

export type MachineClient = {
  /** As its tokens write it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** As the provider wants it: Amazon Cognito names the API before it. */
  readonly scope: string;
};

/**
 * Who this process is, by its environment: FLUXO_OIDC_CLIENT_ID and FLUXO_OIDC_CLIENT_SECRET at FLUXO_OIDC_ISSUER, and where that is Amazon Cognito
 * FLUXO_OIDC_COGNITO_CLIENTS and FLUXO_OIDC_AUDIENCE. Null if it has no secret. Throws, saying what to set, if only a part is there.
 */
export function machineClientFrom(env: Environment, scope: Scope): MachineClient | null {
  const clientSecret = env['FLUXO_OIDC_CLIENT_SECRET'] ?? '';
  if (clientSecret === '') return null;
  const clientId = env['FLUXO_OIDC_CLIENT_ID'] ?? '';
  const issuer = env['FLUXO_OIDC_ISSUER'] ?? '';
  if (clientId === '' || issuer === '')
    throw new Error(
      'FLUXO_OIDC_CLIENT_SECRET is set, but not whose it is: name the client with FLUXO_OIDC_CLIENT_ID and its sign-in provider with FLUXO_OIDC_ISSUER, or leave out all three.',
    );
  demandSafe(issuer);
  return { issuer, clientId, clientSecret, scope: `${scopePrefixOf(env)}${scope}` };
}

/** Before each scope: the API's name and a slash at Amazon Cognito (`token-form.ts`), nothing elsewhere. */
function scopePrefixOf(env: Environment): string {
  const isCognito = (env['FLUXO_OIDC_COGNITO_CLIENTS'] ?? '') !== '';
  return isCognito ? `${env['FLUXO_OIDC_AUDIENCE'] ?? ''}/` : '';
}

/** Headers for a request to the API. Fails if the provider does not answer, or does not know the client. */
export function machineAccess(who: MachineClient): ApiAccess {
  return renewed(() => clientToken(who));
}

/** A new access token of the client. Fails as `machineAccess` does. */
export async function clientToken({ issuer, clientId, clientSecret, scope }: MachineClient): Promise<string> {
  const address = new URL(issuer);
  // Only where `demandSafe` has let it pass: on this machine, and inside one network of containers.
  const execute = address.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  const configuration = await client.discovery(
    address,
    clientId,
    undefined,
    client.ClientSecretBasic(clientSecret),
    { execute, timeout: ANSWER_WITHIN_S },
  );
  return (await client.clientCredentialsGrant(configuration, { scope })).access_token;
}
