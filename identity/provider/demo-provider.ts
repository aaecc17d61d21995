/**
 * The sign-in provider of the local stack: `oidc-provider`, certified by the OpenID Foundation, set up for this system. Code flow with PKCE for
 * people, client credentials for machines, access tokens as JWT (RFC 9068) for one audience, refresh tokens that rotate. What it lacks
 * to be a real one is passwords: see demo-people.ts. It opens no port.
 */

import type { Configuration, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { Provider } from 'oidc-provider';
import { type Scope, scopes } from '../caller.ts';
import { CLI_CLIENT, type LocalClient } from '../client-secrets.ts';
import { claimsOf, machineRights, personNamed } from '../demo-people.ts';
import type { FileStore } from './file-store.ts';
import { type KeptKeys, SIGNING_ALGORITHM } from './kept-keys.ts';
import { pageHeaders, pageOf, signOutForm } from './sign-in-page.ts';

export type ProviderOptions = {
  /** Its base URL, as tokens write it. */
  readonly issuer: string;
  /** Of the access tokens. */
  readonly audience: string;
  /** Where people return to after signing in on the web page; compared to the letter. */
  readonly bffCallback: string;
  readonly keys: KeptKeys;
  readonly store: FileStore;
};

const ACCESS_TOKEN_S = 600;
const allScopes = Object.keys(scopes) as Scope[];

/** Where the `fluxo` command has people return to. Nobody listens there: it reads the address and stops. */
export const cliCallback = (issuer: string) => `${issuer}/signed-in`;

export function createProvider(options: ProviderOptions): Provider {
  return new Provider(options.issuer, configurationOf(options));
}

function configurationOf({ audience, keys, store, ...options }: ProviderOptions): Configuration {
  return {
    adapter: store.adapter,
    jwks: { keys: [keys.signing] },
    cookies: { keys: [...keys.cookies] },
    clients: clientsOf({ audience, keys, store, ...options }),
    responseTypes: ['code'],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false, // the name comes with the sign-in; nobody need ask for it
    findAccount: (_, id) => {
      const person = personNamed(id);
      if (person === undefined) return undefined;
      return { accountId: id, claims: () => ({ sub: id, name: person.name }) };
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        logoutSource: (context, form) => {
          context.set(pageHeaders);
          context.body = pageOf(signOutForm(form));
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource, { clientId }) => resourceOf(resource, clientId, audience),
      },
    },
    extraTokenClaims: (_, token) => {
      const rights = 'accountId' in token ? personNamed(token.accountId) : machineRightsOf(token.clientId);
      return rights === undefined ? {} : claimsOf(rights);
    },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: (context) => grantOf(context, audience),
    renderError: (context, { error, error_description: description }) => {
      context.type = 'text';
      context.body = `${error}: ${description ?? 'the sign-in cannot go on'}`;
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_S,
      ClientCredentials: ACCESS_TOKEN_S,
      AuthorizationCode: 60,
      Interaction: 3_600,
      RefreshToken: 14 * 86_400,
      Session: 14 * 86_400,
      Grant: 14 * 86_400,
      IdToken: ACCESS_TOKEN_S,
    },
  };
}

function clientsOf({ issuer, bffCallback, keys }: ProviderOptions): NonNullable<Configuration['clients']> {
  const base = {
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: SIGNING_ALGORITHM,
  } as const;
  const secretOf = (client: LocalClient) => ({
    client_id: client,
    client_secret: keys.clientSecrets[client],
  });
  return [
    {
      ...base,
      ...secretOf('fluxo-bff'),
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [bffCallback],
      post_logout_redirect_uris: [new URL('/', bffCallback).href],
    },
    {
      ...base,
      ...secretOf(CLI_CLIENT),
      grant_types: ['authorization_code', 'client_credentials'],
      response_types: ['code'],
      redirect_uris: [cliCallback(issuer)],
    },
    {
      ...base,
      ...secretOf('till-vendor'),
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ];
}

/** An API as a client may ask for it. A client with nobody behind it gets its own scopes and no others; a person's are cut by the grant. */
function resourceOf(resource: string, clientId: string, audience: string): ResourceServer {
  const isForPeople = clientId === 'fluxo-bff' || clientId === CLI_CLIENT;
  const allowed = isForPeople ? allScopes : machineRightsOf(clientId)?.scopes;
  return {
    scope: resource === audience ? (allowed ?? []).join(' ') : '',
    audience: resource,
    accessTokenTTL: ACCESS_TOKEN_S,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: SIGNING_ALGORITHM } },
  };
}

function machineRightsOf(clientId: string | undefined) {
  return clientId !== undefined && Object.hasOwn(machineRights, clientId)
    ? machineRights[clientId as LocalClient]
    : undefined;
}

/** Our own programs need nobody's consent: a person who signs in grants what it may do, and refuses the rest, without being asked. */
async function grantOf({ oidc }: KoaContextWithOIDC, audience: string) {
  const { client, session, provider } = oidc;
  const person = personNamed(session?.accountId);
  if (client === undefined || session?.accountId === undefined || person === undefined) return undefined;
  const earlier = session.grantIdFor(client.clientId);
  const found = earlier === undefined ? undefined : await provider.Grant.find(earlier);
  if (found !== undefined) return found;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile');
  grant.addResourceScope(audience, [...person.scopes]);
  grant.rejectResourceScope(
    audience,
    allScopes.filter((scope) => !person.scopes.includes(scope)),
  );
  await grant.save();
  return grant;
}
