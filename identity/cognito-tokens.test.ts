/** Access tokens as Amazon Cognito writes them: without an audience, for one of our clients, with scopes that name their API. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TokenIssuer } from '../testing/token-issuer.ts';
import { ProviderKeys } from './provider-keys.ts';
import { accessFrom } from './settings.ts';
import { TokenVerifier } from './token-verifier.ts';

const OURS = '4f2a9c7example';
let issuer: TokenIssuer;
let verifier: TokenVerifier;

beforeAll(async () => {
  issuer = await TokenIssuer.start();
});
afterAll(() => issuer.goAway());
beforeEach(() => {
  const keys = new ProviderKeys(issuer.url, () => undefined);
  verifier = new TokenVerifier({
    issuer: issuer.url,
    audience: 'urn:fluxo:api',
    cognitoClients: [OURS],
    keys,
  });
});

/** What Cognito's guide shows, with the merchants that a pre token generation trigger adds. */
function token(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return issuer.token({
    header: { typ: undefined } as never,
    claims: {
      aud: undefined,
      token_use: 'access',
      client_id: OURS,
      username: 'marina',
      'cognito:groups': ['managers'],
      version: 2,
      scope: 'openid urn:fluxo:api/balances:read urn:fluxo:api/days:close urn:other:api/entries:write',
      ...claims,
    },
  });
}

test('a caller has the scopes of this API, without its name, and no others', async () => {
  const { scopes, merchants, clientId } = await verifier.verify(await token());
  expect([...scopes]).toEqual(['balances:read', 'days:close']);
  expect([...merchants]).toEqual(['m-1']);
  expect(clientId).toBe(OURS);
});

describe('is refused', () => {
  test.each([
    ['an ID token', { token_use: 'id' }],
    ['a token without a use', { token_use: undefined }],
    ['a token of another client of the pool', { client_id: 'somebody-else' }],
    ['a token without a client', { client_id: undefined }],
    ['a list of scopes that is no text', { scope: ['urn:fluxo:api/balances:read'] }],
    ['a token of another pool', { iss: 'https://cognito-idp.sa-east-1.amazonaws.com/sa-east-1_another' }],
    ['a token past its time', { exp: Math.floor(Date.now() / 1_000) - 60 }],
  ])('%s', async (_name, claims) => {
    await expect(verifier.verify(await token(claims))).rejects.toMatchObject({ code: 'token-invalid' });
  });

  test('a scope of this API, where it is not named', async () => {
    const { scopes } = await verifier.verify(await token({ scope: 'balances:read' }));
    expect([...scopes]).toEqual([]);
  });
});

test('a process is told by its environment', async () => {
  const env = {
    FLUXO_OIDC_ISSUER: issuer.url,
    FLUXO_OIDC_AUDIENCE: 'urn:fluxo:api',
    FLUXO_OIDC_COGNITO_CLIENTS: `another,${OURS}`,
  };
  const access = accessFrom(env, () => undefined);
  await expect((access as TokenVerifier).verify(await token())).resolves.toMatchObject({ clientId: OURS });
});
