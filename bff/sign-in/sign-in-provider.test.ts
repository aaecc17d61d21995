/** What the page asks a provider for, in the two forms in which providers write scopes. */
import { expect, test } from '@jest/globals';
import { wantedScopes } from './sign-in-provider.ts';

test('by RFC 9068, scopes are asked for by their names', () => {
  expect(wantedScopes('')).toBe(
    'openid profile entries:write balances:read days:close days:reopen merchants:admin operations:read rejections:replay',
  );
});

test('Cognito wants the API before each of its scopes, and not before those of OpenID', () => {
  expect(wantedScopes('urn:fluxo:api/')).toBe(
    'openid profile urn:fluxo:api/entries:write urn:fluxo:api/balances:read urn:fluxo:api/days:close urn:fluxo:api/days:reopen urn:fluxo:api/merchants:admin urn:fluxo:api/operations:read urn:fluxo:api/rejections:replay',
  );
});
