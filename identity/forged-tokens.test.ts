/** Tokens that somebody made up, changed, stole from elsewhere or kept too long: each is answered 401, and nothing is looked up for it. */
import { createHmac, createSign } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { AUDIENCE, type IssuerKey, newKey, TokenIssuer } from '../testing/token-issuer.ts';
import { type ApiBehindTheGate, openApi } from './access-fixture.ts';
import { MERCHANTS_CLAIM, ROLES_CLAIM } from './caller.ts';
import { ProviderKeys } from './provider-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

let issuer: TokenIssuer;
let stranger: TokenIssuer;
let rsa: IssuerKey;
let unpublished: IssuerKey;
let api: ApiBehindTheGate;

beforeAll(async () => {
  [issuer, stranger] = [await TokenIssuer.start(), await TokenIssuer.start()];
  rsa = await newKey('rsa', 'RS256');
  unpublished = await newKey('first');
  // As a provider may publish it: the key does not say which algorithm it is for.
  const { alg: _alg, ...publicJwk } = rsa.publicJwk;
  issuer.keys.push({ ...rsa, publicJwk });
});
afterAll(async () => {
  await issuer.goAway();
  await stranger.goAway();
});
beforeEach(async () => {
  const keys = new ProviderKeys(issuer.url, () => undefined);
  api = await openApi(new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys }));
});

const nowS = () => Math.floor(Date.now() / 1_000);
const encoded = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token with another header, payload or signature than the one it had. */
async function patched(parts: {
  readonly header?: object | string;
  readonly payload?: object | string;
  readonly signature?: string;
}): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await issuer.token()).split('.');
  return [
    parts.header === undefined ? header : encoded(parts.header),
    parts.payload === undefined ? payload : encoded(parts.payload),
    parts.signature ?? signature,
  ].join('.');
}

async function claimsOfATrueToken(): Promise<JWTPayload> {
  const payload = (await issuer.token()).split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
}

/** Signed with HMAC and what everybody knows: the public key, as text. */
async function hmacWithPublicKey(alg: 'HS256' | 'HS512', form: 'pem' | 'jwk'): Promise<string> {
  const key = (await importJWK(rsa.publicJwk, 'RS256')) as Parameters<typeof exportSPKI>[0];
  const secret = form === 'pem' ? await exportSPKI(key) : JSON.stringify(rsa.publicJwk);
  const text = `${encoded({ alg, typ: 'at+jwt', kid: 'rsa' })}.${encoded(await claimsOfATrueToken())}`;
  return `${text}.${createHmac(alg === 'HS256' ? 'sha256' : 'sha512', secret)
    .update(text)
    .digest('base64url')}`;
}

/** Truly signed by the provider's RSA key, but with an algorithm that is not on the list. */
async function signedWith(alg: string, digest: string): Promise<string> {
  const { KeyObject } = await import('node:crypto');
  const text = `${encoded({ alg, typ: 'at+jwt', kid: 'rsa' })}.${encoded(await claimsOfATrueToken())}`;
  return `${text}.${createSign(digest).update(text).sign(KeyObject.from(rsa.privateKey), 'base64url')}`;
}

const bearer = async (token: Promise<string> | string) => `Bearer ${await token}`;
const withClaims = (claims: Record<string, unknown>) => bearer(issuer.token({ claims }));
const withHeader = (header: Record<string, unknown>) => bearer(issuer.token({ header }));

const forgeries: Readonly<Record<string, () => Promise<string>>> = {
  'alg none, without a signature': () =>
    bearer(patched({ header: { alg: 'none', typ: 'at+jwt', kid: 'first' }, signature: '' })),
  'alg none, with the old signature': () => bearer(patched({ header: { alg: 'none', kid: 'first' } })),
  'alg NoNe': () => bearer(patched({ header: { alg: 'NoNe', kid: 'first' } })),
  'no alg': () => bearer(patched({ header: { typ: 'at+jwt', kid: 'first' } })),
  'HS256 with the public key as PEM': () => bearer(hmacWithPublicKey('HS256', 'pem')),
  'HS256 with the public key as JWK': () => bearer(hmacWithPublicKey('HS256', 'jwk')),
  'HS512 with the public key': () => bearer(hmacWithPublicKey('HS512', 'pem')),
  'RS512 of the provider': () => bearer(signedWith('RS512', 'sha512')),
  'RS384 of the provider': () => bearer(signedWith('RS384', 'sha384')),
  'another alg than the key has': () =>
    bearer(patched({ header: { alg: 'RS256', typ: 'at+jwt', kid: 'first' } })),
  'the issuer of somebody else': () => withClaims({ iss: stranger.url }),
  'an issuer that begins like ours': () => withClaims({ iss: `${issuer.url}.example.org` }),
  'an issuer with a slash at the end': () => withClaims({ iss: `${issuer.url}/` }),
  'no issuer': () => withClaims({ iss: undefined }),
  'another audience': () => withClaims({ aud: 'urn:fluxo:other' }),
  'several other audiences': () => withClaims({ aud: ['urn:a', 'urn:b'] }),
  'no audience': () => withClaims({ aud: undefined }),
  'an audience in other letters': () => withClaims({ aud: AUDIENCE.toUpperCase() }),
  expired: () => withClaims({ exp: nowS() - 60 }),
  'expired in 1970': () => withClaims({ exp: 1 }),
  'without expiry': () => withClaims({ exp: undefined }),
  'an expiry that is text': () => withClaims({ exp: '9999999999' }),
  'not valid yet': () => withClaims({ nbf: nowS() + 600 }),
  'without a time of issue': () => withClaims({ iat: undefined }),
  'without a subject': () => withClaims({ sub: undefined }),
  'without a client': () => withClaims({ client_id: undefined }),
  'merchants that are text': () => withClaims({ [MERCHANTS_CLAIM]: 'm-1' }),
  'merchants that are numbers': () => withClaims({ [MERCHANTS_CLAIM]: [1] }),
  'roles that are text': () => withClaims({ [ROLES_CLAIM]: 'operator' }),
  'scopes that are a list': () => withClaims({ scope: ['balances:read'] }),
  'no kid': () => withHeader({ kid: undefined }),
  'an empty kid': () => withHeader({ kid: '' }),
  'a kid that is a path': () => withHeader({ kid: '../../dev/null' }),
  'a kid nobody has': () => withHeader({ kid: 'unknown' }),
  'a jku header': () => withHeader({ jku: `${stranger.url}/keys` }),
  'a jku header and the key behind it': async () =>
    bearer(issuer.token({ key: stranger.keys[0] as IssuerKey, header: { jku: `${stranger.url}/keys` } })),
  'a jwk header and the key in it': () =>
    bearer(issuer.token({ key: unpublished, header: { jwk: unpublished.publicJwk } })),
  'an x5u header': () => withHeader({ x5u: `${stranger.url}/certificate` }),
  'an x5c header': () => withHeader({ x5c: ['MIIB'] }),
  'an ID token': () => withHeader({ typ: 'JWT' }),
  'a logout token': () => withHeader({ typ: 'logout+jwt' }),
  'no typ': () => withHeader({ typ: undefined }),
  'a critical header nobody knows': () =>
    bearer(patched({ header: { alg: 'ES256', typ: 'at+jwt', kid: 'first', crit: ['b64'], b64: false } })),
  'a payload changed afterwards': async () =>
    bearer(patched({ payload: { ...(await claimsOfATrueToken()), [MERCHANTS_CLAIM]: ['m-2'] } })),
  'the operator written in': async () =>
    bearer(patched({ payload: { ...(await claimsOfATrueToken()), [ROLES_CLAIM]: ['operator'] } })),
  'a payload that is no JSON': () => bearer(patched({ payload: 'none' })),
  'a payload that is a list': () => bearer(patched({ payload: [] })),
  'a header that is no JSON': () => bearer(patched({ header: 'none' })),
  'the signature of another token': async () =>
    bearer(patched({ signature: (await issuer.token({ claims: { jti: '2' } })).split('.')[2] ?? '' })),
  'a signature cut short': async () => (await bearer(issuer.token())).slice(0, -4),
  'a signature of zeros': () => bearer(patched({ signature: Buffer.alloc(64).toString('base64url') })),
  'the key of another provider under our kid': () => bearer(issuer.token({ key: unpublished })),
  'all of another provider': () => bearer(stranger.token()),
  '20 KB': () =>
    withClaims({ [MERCHANTS_CLAIM]: Array.from({ length: 1_000 }, (_, index) => `merchant-${index}`) }),
  'five parts, as encrypted tokens have': async () => `${await bearer(issuer.token())}.a.b`,
  'two parts': async () => (await bearer(issuer.token())).split('.').slice(0, 2).join('.'),
  'a token after a space more': async () => `Bearer  ${await issuer.token()}`,
  'two tokens in one header': async () => `${await bearer(issuer.token())}, ${await bearer(issuer.token())}`,
  'the Basic scheme': async () => `Basic ${await issuer.token()}`,
  'the token alone': () => issuer.token(),
  'the word alone': async () => 'Bearer',
  nothing: async () => '',
};

test('there are forty of them at least', () => {
  expect(Object.keys(forgeries).length).toBeGreaterThanOrEqual(40);
});

test('the tokens they are made from count', async () => {
  for (const token of [await issuer.token(), await issuer.token({ key: rsa })]) {
    const answer = await api.app.inject({
      url: '/v1/merchants/m-1',
      headers: { authorization: `Bearer ${token}` },
    });
    expect([answer.statusCode, answer.json()]).toEqual([200, { subject: 'somebody' }]);
  }
});

describe('a forged token is refused', () => {
  test.each(Object.entries(forgeries))('%s', async (_name, forge) => {
    const authorization = await forge();
    const answer = await api.app.inject({ url: '/v1/merchants/m-1', headers: { authorization } });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'token-invalid']);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="fluxo", error="invalid_token"');
    expect(api.lookedUp).toEqual([]);
    // Nothing of it comes back: not the whole, not a part.
    for (const part of authorization.split(/[ .,]/).filter((each) => each.length > 8))
      expect(answer.body + JSON.stringify(answer.headers)).not.toContain(part);
  });

  test.each([
    ['the true one first', 0],
    ['the true one last', 1],
  ])('two Authorization headers, %s', async (_name, place) => {
    const lines = ['Authorization: Bearer a.b.c', 'Authorization: Bearer a.b.c'];
    lines[place] = `authorization: Bearer ${await issuer.token()}`;
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((api.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(
      ['GET /v1/merchants/m-1 HTTP/1.1', 'Host: a', ...lines, 'Connection: close', '', ''].join('\r\n'),
    );
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 401 /);
    expect(api.lookedUp).toEqual([]);
    await api.app.close();
  });
});
