/** Renewal at a provider that rotates refresh tokens and ends everything when one is used twice, while its keys can be had or not. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProviderKeys, TokenVerifier } from '@fluxo/identity';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SignInProvider } from '../sign-in/sign-in-provider.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import { Sessions } from './sessions.ts';

const former: Omit<Session, 'tokens'> = {
  person: { id: 'marina', name: 'Marina' },
  merchants: ['m-1'],
  scopes: ['balances:read'],
  isOperator: false,
  csrfToken: 'c',
};

let server: Server;
let issuer: string;
/** The one refresh token that counts. */
let refresh: string;
let areKeysAway: boolean;
/** What the store had when the keys were asked for. */
let keptMeanwhile: string[];
let kept: Map<string, Session>;

beforeEach(async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' };
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const accessToken = () => {
    const now = Math.floor(Date.now() / 1_000);
    const whose = {
      iss: issuer,
      aud: 'api',
      sub: 'marina',
      client_id: 'fluxo-bff',
      iat: now,
      exp: now + 600,
    };
    const claims = { ...whose, jti: crypto.randomUUID(), scope: 'days:close', fluxo_merchants: ['m-2'] };
    const text = `${encoded({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })}.${encoded(claims)}`;
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };
  const answers: Readonly<Record<string, (body: string) => [number, object]>> = {
    '/.well-known/openid-configuration': () => [
      200,
      { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token` },
    ],
    '/jwks': () => {
      keptMeanwhile.push(kept.get('s')?.tokens.refresh ?? '');
      return areKeysAway ? [503, {}] : [200, { keys: [key] }];
    },
    '/token': (body) => {
      const given = new URLSearchParams(body).get('refresh_token');
      if (given !== refresh) {
        refresh = 'none';
        return [400, { error: 'invalid_grant' }];
      }
      refresh = `r${Number(given.slice(1)) + 1}`;
      const tokens = { access_token: accessToken(), refresh_token: refresh };
      return [200, { ...tokens, token_type: 'Bearer', expires_in: 600 }];
    },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const [status, said] = answers[request.url ?? '']?.(body) ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  };
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  [refresh, areKeysAway, keptMeanwhile, kept] = ['r0', false, [], new Map()];
  keep({ ...former, tokens: { access: 'a', accessEndsAtMs: 0, refresh } });
});
afterEach(() => void server.close());

const keep = (session: Session) => kept.set('s', session);

/** The token of the session is about to end. */
function expire(): void {
  const session = kept.get('s') as Session;
  keep({ ...session, tokens: { ...session.tokens, accessEndsAtMs: Date.now() + 50_000 } });
}

/** A process that has met no keys yet, before the store that all share. */
function aProcess(): { readonly ended: string[]; readonly renew: () => Promise<unknown> } {
  const store: Partial<SessionStore> = {
    read: async (name) => kept.get(name) ?? null,
    replace: async (name, session) => kept.has(name) && kept.set(name, session) === kept,
    remove: async (name) => void kept.delete(name),
    lockRefresh: async () => true,
    unlockRefresh: async () => undefined,
  };
  const provider = new SignInProvider({
    issuer,
    clientId: 'fluxo-bff',
    scopePrefix: '',
    clientSecret: () => 's',
    publicUrl: 'http://127.0.0.1:1',
    verifier: new TokenVerifier({ issuer, audience: 'api', keys: new ProviderKeys(issuer, () => undefined) }),
  });
  const ended: string[] = [];
  const sessions = new Sessions(store as SessionStore, provider, (name) => ended.push(name));
  const renew = async () => {
    expire();
    const { tokens, ...session } = await sessions.current('s');
    expect(kept.get('s')).toEqual({ ...session, tokens });
    return { ...session, refresh: tokens.refresh };
  };
  return { ended, renew };
}

test('a renewal brings new tokens and what they allow', async () => {
  const rights = { merchants: ['m-2'], scopes: ['days:close'] };
  expect(await aProcess().renew()).toEqual({ ...former, ...rights, refresh: 'r1' });
});

test('while no keys can be had it brings the tokens, and the rights are the former ones until a later renewal reads them', async () => {
  const { ended, renew } = aProcess();
  areKeysAway = true;
  expect(await renew()).toEqual({ ...former, refresh: 'r1' });
  expect(await renew()).toEqual({ ...former, refresh: 'r2' });
  areKeysAway = false;
  const rights = { merchants: ['m-2'], scopes: ['days:close'] };
  expect(await aProcess().renew()).toEqual({ ...former, ...rights, refresh: 'r3' });
  expect(ended).toEqual([]);
});

test('the new tokens are kept before they are read: a process that ends meanwhile loses nothing', async () => {
  await aProcess().renew();
  expect(keptMeanwhile).toEqual(['r1']);
});

test('a session that the provider no longer renews is over', async () => {
  const { ended, renew } = aProcess();
  refresh = 'r7';
  await expect(renew()).rejects.toMatchObject({ code: 'signed-out' });
  expect([ended, kept.size]).toEqual([['s'], 0]);
});
