/** Who a process is by its environment, and that half of a name is no name. That a provider lets it in is shown by `provider/demo-provider.test.ts`. */
import { expect, test } from '@jest/globals';
import { machineClientFrom } from './machine-access.ts';

const named = {
  FLUXO_OIDC_ISSUER: 'https://sign-in.example.com/realms/fluxo',
  FLUXO_OIDC_CLIENT_ID: 'auditor',
  FLUXO_OIDC_CLIENT_SECRET: 'a-secret',
};

test('a client is its provider, its name, its secret and what it wants', () => {
  expect(machineClientFrom(named, 'balances:read')).toEqual({
    issuer: 'https://sign-in.example.com/realms/fluxo',
    clientId: 'auditor',
    clientSecret: 'a-secret',
    scope: 'balances:read',
  });
});

test('at Amazon Cognito it asks for the scope by the name of the API', () => {
  const atCognito = {
    ...named,
    FLUXO_OIDC_COGNITO_CLIENTS: 'one,two',
    FLUXO_OIDC_AUDIENCE: 'urn:fluxo:api',
  };
  expect(machineClientFrom(atCognito, 'balances:read')).toMatchObject({
    scope: 'urn:fluxo:api/balances:read',
  });
});

test('without a secret it is nobody, whatever else is set', () => {
  const { FLUXO_OIDC_CLIENT_SECRET: _secret, ...others } = named;
  expect(machineClientFrom(others, 'balances:read')).toBeNull();
});

test.each(['FLUXO_OIDC_CLIENT_ID', 'FLUXO_OIDC_ISSUER'])('a secret without %s is refused', (missing) => {
  expect(() => machineClientFrom({ ...named, [missing]: undefined }, 'balances:read')).toThrow(/leave out/);
});

test('a secret is sent to nobody in the clear', () => {
  const elsewhere = { ...named, FLUXO_OIDC_ISSUER: 'http://sign-in.example.com' };
  expect(() => machineClientFrom(elsewhere, 'balances:read')).toThrow(/https/);
});
