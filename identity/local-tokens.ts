/**
 * Access tokens of the local stack's provider, for the programs of this machine: for a machine by client credentials, for a demo person by
 * the code flow with PKCE, with this program in the browser's place. It trusts the provider at the given address and sends secrets
 * nowhere else.
 */
import * as client from 'openid-client';
import { type Scope, scopes } from './caller.ts';
import { CLI_CLIENT, clientSecretOf, type LocalClient } from './client-secrets.ts';
import { machineRights, type PersonId } from './demo-people.ts';
import { clientToken } from './machine-access.ts';

export type LocalProvider = {
  /** Where the provider listens. */
  readonly url: string;
  /** The stack's home, where the secrets are. */
  readonly home: string;
};

const ANSWER_WITHIN_S = 10;
const REDIRECTS_MAX = 10;

/** A token for a program by itself. Fails if the provider does not answer, or this home has no secret. */
export async function machineToken(at: LocalProvider, name: LocalClient): Promise<string> {
  const clientSecret = demandSecret(at, name);
  const scope = machineRights[name].scopes.join(' ');
  return clientToken({ issuer: at.url, clientId: name, clientSecret, scope });
}

/** A token for a demo person, with all that the person may do. Fails as `machineToken` does. */
export async function personToken(at: LocalProvider, person: PersonId): Promise<string> {
  const configuration = await configurationOf(at);
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const callback = `${at.url}/signed-in`;
  const address = client.buildAuthorizationUrl(configuration, {
    redirect_uri: callback,
    scope: ['openid', ...(Object.keys(scopes) as Scope[])].join(' '),
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  const returned = await signIn({ address, callback, person });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true };
  return (await client.authorizationCodeGrant(configuration, returned, checks)).access_token;
}

function demandSecret({ home }: LocalProvider, name: LocalClient): string {
  const secret = clientSecretOf(home, name);
  if (secret !== null) return secret;
  throw new Error(
    `there is no secret of ${name} under ${home}: the sign-in provider of that stack has not run yet`,
  );
}

async function configurationOf(at: LocalProvider): Promise<client.Configuration> {
  return client.discovery(
    new URL(at.url),
    CLI_CLIENT,
    { id_token_signed_response_alg: 'ES256' },
    client.ClientSecretBasic(demandSecret(at, CLI_CLIENT)),
    // On loopback there is nobody in between.
    { execute: [client.allowInsecureRequests], timeout: ANSWER_WITHIN_S },
  );
}

export type SignIn = { readonly address: URL; readonly callback: string; readonly person: PersonId };

/** Follows the redirects from the provider's first page to the address it returns the person to, choosing the person on the way. */
export async function signIn({ address, callback, person }: SignIn): Promise<URL> {
  const cookies = new Map<string, string>();
  let at = address;
  for (let count = 0; count < REDIRECTS_MAX; count += 1) {
    const isPage = at.pathname.startsWith('/interaction/');
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(isPage ? { method: 'POST', body: new URLSearchParams({ person }) } : {}),
      signal: AbortSignal.timeout(ANSWER_WITHIN_S * 1_000),
    });
    await answer.arrayBuffer();
    keepCookies(cookies, answer);
    const next = answer.headers.get('location');
    if (next === null) throw new Error(`the sign-in provider answers ${answer.status} where it should go on`);
    at = new URL(next, at);
    if (at.href.startsWith(`${callback}?`)) return at;
  }
  throw new Error('the sign-in provider goes round in circles');
}

function keepCookies(cookies: Map<string, string>, answer: Response): void {
  for (const cookie of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = cookie.match(/^([^=]+)=([^;]*)/) ?? [];
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
}
