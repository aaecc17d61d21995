/** The gate itself: who gets in, what is said to those who do not, and that a route cannot be forgotten. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { AUDIENCE, TokenIssuer, type TokenShape } from '../testing/token-issuer.ts';
import { registerAccess } from './access.plugin.ts';
import { type ApiBehindTheGate, openApi } from './access-fixture.ts';
import { MERCHANTS_CLAIM, OPERATOR, ROLES_CLAIM, type Scope } from './caller.ts';
import { ProviderKeys } from './provider-keys.ts';
import { accessFrom } from './settings.ts';
import { TokenVerifier } from './token-verifier.ts';

let issuer: TokenIssuer;
let verifier: TokenVerifier;
let api: ApiBehindTheGate;

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const keys = new ProviderKeys(issuer.url, () => undefined);
  verifier = new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys });
});
afterAll(() => issuer.goAway());
beforeEach(async () => {
  api = await openApi(verifier);
});

async function ask(merchantId: string, shape: TokenShape = {}, { app } = api) {
  const headers = { authorization: `bearer ${await issuer.token(shape)}` };
  return app.inject({ url: `/v1/merchants/${merchantId}`, headers });
}

describe('a caller', () => {
  test('without a token is told where to get one, without an error code (RFC 6750, 3.1)', async () => {
    const answer = await api.app.inject('/v1/merchants/m-1');
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'An access token is needed',
      status: 401,
      code: 'token-missing',
      detail: expect.stringContaining('npx fluxo token'),
      requestId: answer.headers['x-request-id'],
    });
    expect(answer.headers).toMatchObject({
      'www-authenticate': 'Bearer realm="fluxo"',
      'cache-control': 'no-store',
    });
  });

  test('without the scope is told which one', async () => {
    const answer = await ask('m-1', { claims: { scope: 'entries:write balances:readx' } });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'scope-missing']);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="fluxo", error="insufficient_scope", scope="balances:read"',
    );
    expect((await ask('m-1', { claims: { scope: undefined } })).statusCode).toBe(403);
    expect(api.lookedUp).toEqual([]);
  });

  test('reads its merchants; those of others are as absent as those that do not exist, and none is looked up', async () => {
    expect((await ask('m-1')).json()).toEqual({ subject: 'somebody' });
    const [others, absent] = [await ask('m-2'), await ask('m-3')];
    expect([others.statusCode, absent.statusCode]).toEqual([404, 404]);
    expect(others.body.replaceAll('m-2', 'm-3')).toBe(absent.body);
    expect(api.lookedUp).toEqual(['m-1']);
    const operator = { claims: { [MERCHANTS_CLAIM]: undefined, [ROLES_CLAIM]: [OPERATOR] } };
    expect((await ask('m-3', operator)).body).toBe(absent.body);
  });

  test('without any merchant reads nothing', async () => {
    expect((await ask('m-1', { claims: { [MERCHANTS_CLAIM]: undefined } })).statusCode).toBe(404);
    expect((await ask('*', { claims: { [MERCHANTS_CLAIM]: [] } })).statusCode).toBe(404);
  });

  test.each<[Scope, number]>([
    ['balances:read', 200],
    ['merchants:admin', 200],
    ['entries:write', 404],
    ['days:close', 404],
    ['days:reopen', 404],
  ])('who is an operator, on %s of a merchant not listed: %d', async (scope, status) => {
    const gate = await openApi(verifier, scope);
    const claims = { scope, [MERCHANTS_CLAIM]: [], [ROLES_CLAIM]: ['auditor', OPERATOR] };
    expect((await ask('m-2', { claims }, gate)).statusCode).toBe(status);
    expect((await ask('m-2', { claims: { ...claims, [MERCHANTS_CLAIM]: ['m-2'] } }, gate)).statusCode).toBe(
      200,
    );
  });

  test('is nobody where sign-in is off', async () => {
    const { app } = await openApi('off');
    expect((await app.inject('/v1/merchants/m-2')).json()).toEqual({ subject: null });
  });
});

describe('a route about every merchant', () => {
  const scope = 'operations:read';
  async function askAs(shape: TokenShape) {
    const app = fastify();
    registerAccess(app, { access: verifier, absentMerchant: () => new Error('absent') });
    app.get('/everything', { config: { scope, everyMerchant: true } }, async () => ({}));
    const headers = { authorization: `bearer ${await issuer.token(shape)}` };
    return app.inject({ url: '/everything', headers });
  }

  test.each<[string, Record<string, unknown>, number, string | undefined]>([
    ['an operator', { scope, [ROLES_CLAIM]: [OPERATOR] }, 200, undefined],
    [
      'an operator without the scope',
      { scope: 'balances:read', [ROLES_CLAIM]: [OPERATOR] },
      403,
      'scope-missing',
    ],
    [
      'somebody else, whatever merchants are theirs',
      { scope, [MERCHANTS_CLAIM]: ['m-1'] },
      403,
      'operators-only',
    ],
    ['somebody of another role', { scope, [ROLES_CLAIM]: ['auditor'] }, 403, 'operators-only'],
  ])('%s', async (_who, claims, status, code) => {
    const answer = await askAs({ claims });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });
});

test('HEAD is guarded as GET is', async () => {
  expect((await api.app.inject({ method: 'HEAD', url: '/v1/merchants/m-1' })).statusCode).toBe(401);
});

test('503 while no keys can be had: never open', async () => {
  const nowhere = 'http://127.0.0.1:1';
  const keys = new ProviderKeys(nowhere, () => undefined);
  const { app, lookedUp } = await openApi(new TokenVerifier({ issuer: nowhere, audience: AUDIENCE, keys }));
  const headers = { authorization: `Bearer ${await issuer.token({ claims: { iss: nowhere } })}` };
  const answer = await app.inject({ url: '/v1/merchants/m-1', headers });
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'sign-in-unavailable']);
  expect([answer.headers['retry-after'], answer.headers['www-authenticate']]).toEqual(['1', undefined]);
  expect(lookedUp).toEqual([]);
});

describe('a route', () => {
  test.each([
    ['that names no scope', '/merchants/:merchantId', {}, 'names no scope'],
    ['without a merchant in its path', '/merchants', { scope: 'balances:read' as const }, 'whose data'],
  ])('%s does not get registered, sign-in off or not', (_name, url, config, why) => {
    for (const access of [verifier, 'off'] as const) {
      const app = fastify();
      registerAccess(app, { access, absentMerchant: () => new Error('absent') });
      expect(() => app.get(url, { config }, async () => ({}))).toThrow(why);
    }
  });
});

describe('the settings of a process', () => {
  const oidc = { FLUXO_OIDC_ISSUER: 'https://login.example.org/pool', FLUXO_OIDC_AUDIENCE: 'urn:fluxo' };
  const from = (env: Record<string, string>) => accessFrom(env, () => undefined);

  test('name the provider and the audience', () => {
    expect(from(oidc)).toBeInstanceOf(TokenVerifier);
    expect(from({ ...oidc, FLUXO_OIDC_ISSUER: 'http://127.0.0.1:21007' })).toBeInstanceOf(TokenVerifier);
    expect(from({ ...oidc, FLUXO_OIDC_ISSUER: 'http://identity:8000' })).toBeInstanceOf(TokenVerifier);
    expect(from({ ...oidc, FLUXO_OIDC_ISSUER: 'http://sign-in.localhost:1/a' })).toBeInstanceOf(
      TokenVerifier,
    );
  });

  test('switch sign-in off only where a person said so, on loopback', () => {
    expect(from({ FLUXO_AUTH: 'off' })).toBe('off');
    expect(from({ FLUXO_AUTH: 'off', FLUXO_HTTP_HOST: '127.0.0.2', ...oidc })).toBe('off');
    expect(from({ FLUXO_AUTH: 'off', FLUXO_HTTP_HOST: 'localhost' })).toBe('off');
  });

  test.each<[Record<string, string>, string]>([
    [{}, 'FLUXO_OIDC_ISSUER and FLUXO_OIDC_AUDIENCE'],
    [{ FLUXO_OIDC_ISSUER: oidc.FLUXO_OIDC_ISSUER }, 'FLUXO_OIDC_AUDIENCE'],
    [{ ...oidc, FLUXO_OIDC_AUDIENCE: '' }, 'FLUXO_OIDC_AUDIENCE'],
    [{ ...oidc, FLUXO_OIDC_ISSUER: 'http://login.example.org' }, 'https'],
    [{ ...oidc, FLUXO_OIDC_ISSUER: 'http://localhost.example.org' }, 'https'],
    [{ ...oidc, FLUXO_OIDC_ISSUER: 'login.example.org' }, 'https'],
    [{ FLUXO_AUTH: 'no' }, 'FLUXO_AUTH is "no"'],
    [{ FLUXO_AUTH: 'off', FLUXO_HTTP_HOST: '0.0.0.0' }, 'loopback'],
    [{ FLUXO_AUTH: 'off', FLUXO_HTTP_HOST: '::' }, 'loopback'],
    [{ FLUXO_AUTH: 'off', FLUXO_HTTP_HOST: '127.0.0.1.example.org', ...oidc }, 'loopback'],
  ])('%p does not start', (env, why) => {
    expect(() => from(env)).toThrow(why);
  });
});
