/** The local provider on a real socket: whom it lets in as what, what it refuses, and that a restart loses nobody. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { freePort } from '../../stack/free-port.ts';
import { type LocalClient, localClients, secretsFile } from '../client-secrets.ts';
import { machineToken, personToken, signIn } from '../local-tokens.ts';
import { machineAccess, machineClientFrom } from '../machine-access.ts';
import { ProviderKeys } from '../provider-keys.ts';
import { TokenVerifier } from '../token-verifier.ts';
import { createProvider } from './demo-provider.ts';
import { FileStore } from './file-store.ts';
import { keptKeys } from './kept-keys.ts';
import { serverOf } from './provider-server.ts';

const AUDIENCE = 'urn:fluxo:test';
const CALLBACK = 'http://127.0.0.1:9/auth/callback';

const home = mkdtempSync(join(tmpdir(), 'fluxo-identity-'));
const failures: unknown[] = [];
let port = 0;
let server: Server;

/** Its address stands in its tokens, so the port is found first. */
async function start(): Promise<void> {
  const keys = await keptKeys(home);
  const store = new FileStore(join(home, 'identity', 'store.json'));
  const options = { issuer: url(), audience: AUDIENCE, bffCallback: CALLBACK, keys, store };
  server = serverOf(createProvider(options), (error) => failures.push(error));
  server.maxRequestsPerSocket = 1; // so that nobody sends to a connection of before a restart
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

const url = () => `http://127.0.0.1:${port}`;
const at = () => ({ url: url(), home });
const newVerifier = () =>
  new TokenVerifier({
    issuer: url(),
    audience: AUDIENCE,
    keys: new ProviderKeys(url(), (error) => failures.push(error)),
  });

/** The provider as the web page's back end meets it. */
async function asBff(): Promise<client.Configuration> {
  const { clientSecrets } = await keptKeys(home);
  return client.discovery(
    new URL(url()),
    'fluxo-bff',
    { id_token_signed_response_alg: 'ES256' },
    client.ClientSecretBasic(clientSecrets['fluxo-bff']),
    { execute: [client.allowInsecureRequests] },
  );
}

beforeAll(async () => {
  port = await freePort();
  await start();
});
afterAll(async () => {
  await stop();
  rmSync(home, { recursive: true });
});
afterEach(() => {
  if (failures.length > 0) throw new AggregateError(failures.splice(0), 'the provider failed');
});

describe('a person', () => {
  test.each([
    ['manager', ['sim-0001'], false, 'balances:read days:close entries:write'],
    [
      'owner',
      ['sim-0001', 'sim-0002', 'sim-0003'],
      false,
      'balances:read days:close days:reopen entries:write merchants:admin',
    ],
    ['operator', [], true, 'balances:read merchants:admin operations:read rejections:replay'],
  ] as const)(
    '%s gets a token with what it may do, and not more',
    async (person, merchants, isOperator, all) => {
      const caller = await newVerifier().verify(await personToken(at(), person));
      expect(caller).toMatchObject({ subject: person, clientId: 'fluxo-cli', isOperator });
      expect([...caller.merchants]).toEqual(merchants);
      expect([...caller.scopes].filter((scope) => scope !== 'openid').toSorted()).toEqual(all.split(' '));
    },
  );
});

describe('a machine', () => {
  test.each([
    ['fluxo-cli', [], true, ['balances:read']],
    ['till-vendor', ['sim-0004', 'sim-0005'], false, ['entries:write', 'balances:read']],
  ] as const)('%s gets a token of its own', async (name, merchants, isOperator, scopes) => {
    const caller = await newVerifier().verify(await machineToken(at(), name));
    expect(caller).toEqual({
      subject: name,
      clientId: name,
      scopes: new Set(scopes),
      merchants: new Set(merchants),
      isOperator,
    });
  });

  test('is let in by its environment alone, by a header with such a token', async () => {
    const { clientSecrets } = await keptKeys(home);
    const env = {
      FLUXO_OIDC_ISSUER: url(),
      FLUXO_OIDC_CLIENT_ID: 'fluxo-cli',
      FLUXO_OIDC_CLIENT_SECRET: clientSecrets['fluxo-cli'],
    };
    const who = machineClientFrom(env, 'balances:read');
    if (who === null) throw new Error('nobody');
    const { authorization = '' } = await machineAccess(who)();
    const caller = await newVerifier().verify(authorization.replace('Bearer ', ''));
    expect([caller.subject, caller.isOperator]).toEqual(['fluxo-cli', true]);
    await expect(machineAccess({ ...who, clientSecret: 'guessed' })()).rejects.toThrow();
  });

  test('that asks for more than it may do gets less than it asked for', async () => {
    const { clientSecrets } = await keptKeys(home);
    const asked = 'days:reopen entries:write';
    const answer = await askForToken('till-vendor', clientSecrets['till-vendor'], asked);
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect((await newVerifier().verify(token)).scopes).toEqual(new Set(['entries:write']));
  });

  test.each(localClients)('%s with a wrong secret gets no token', async (name) => {
    expect((await askForToken(name, 'guessed', 'balances:read')).status).toBe(401);
  });

  test('that is there for people only gets no token of its own', async () => {
    const { clientSecrets } = await keptKeys(home);
    expect((await askForToken('fluxo-bff', clientSecrets['fluxo-bff'], 'balances:read')).status).toBe(400);
  });
});

function askForToken(name: LocalClient, secret: string, scope: string): Promise<Response> {
  return fetch(`${url()}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
}

describe('the code flow', () => {
  const parameters = async (changes: Record<string, string | undefined>) => {
    const all = {
      client_id: 'fluxo-bff',
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid balances:read',
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      ...changes,
    };
    return new URLSearchParams(
      Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
    );
  };
  const begin = async (changes: Record<string, string | undefined> = {}) =>
    fetch(`${url()}/auth?${String(await parameters(changes))}`, { redirect: 'manual' });

  test('leads the right request to the sign-in page', async () => {
    expect((await begin()).headers.get('location')).toMatch(/^\/interaction\//);
  });

  test.each([
    ['a longer path', `${CALLBACK}/more`],
    ['a query', `${CALLBACK}?next=//evil.example`],
    ['another port', 'http://127.0.0.1:10/auth/callback'],
    ['another host', 'http://evil.example/auth/callback'],
  ])('never returns to %s', async (_name, redirect) => {
    const answer = await begin({ redirect_uri: redirect });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test.each([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['with the plain method', { code_challenge_method: 'plain' }],
    ['with the implicit flow', { response_type: 'token' }],
  ])('%s is refused', async (_name, changes) => {
    expect((await begin(changes)).headers.get('location') ?? 'error=').toContain('error=');
  });

  test('a code counts once, and a refresh token once: whoever brings it again ends the session for both', async () => {
    const bff = await asBff();
    const verifier = client.randomPKCECodeVerifier();
    const address = client.buildAuthorizationUrl(bff, {
      redirect_uri: CALLBACK,
      scope: 'openid balances:read days:reopen',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const returned = await signIn({ address, callback: CALLBACK, person: 'manager' });
    const exchange = () => client.authorizationCodeGrant(bff, returned, { pkceCodeVerifier: verifier });
    const first = await exchange();
    expect(await newVerifier().verify(first.access_token)).toMatchObject({
      subject: 'manager',
      clientId: 'fluxo-bff',
      scopes: new Set(['balances:read']),
    });
    const second = await client.refreshTokenGrant(bff, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const stolen = client.refreshTokenGrant(bff, first.refresh_token ?? '');
    await expect(stolen).rejects.toMatchObject({ error: 'invalid_grant' });
    const after = client.refreshTokenGrant(bff, second.refresh_token ?? '');
    await expect(after).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(exchange()).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('discovery says what there is', async () => {
    expect((await asBff()).serverMetadata()).toMatchObject({
      issuer: url(),
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    });
  });
});

describe('after a restart', () => {
  test('tokens made before still count, and secrets are the same', async () => {
    const token = await personToken(at(), 'owner');
    await stop();
    await start();
    expect(await newVerifier().verify(token)).toMatchObject({ subject: 'owner' });
    expect(await newVerifier().verify(await machineToken(at(), 'fluxo-cli'))).toMatchObject({
      isOperator: true,
    });
  });

  test('what is kept can be read by its owner only', () => {
    expect(statSync(join(home, 'identity')).mode & 0o777).toBe(0o700);
    expect(statSync(secretsFile(home)).mode & 0o777).toBe(0o600);
  });
});
