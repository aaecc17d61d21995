/**
 * The page's back end with every neighbour away: the built page and its headers, limits, and that nobody is let in. What it does with neighbours
 * is in test/integration/bff-page.test.ts.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Shutdown } from '@fluxo/http';
import { ProviderKeys, TokenVerifier } from '@fluxo/identity';
import { Registry } from '@fluxo/telemetry';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './build-app.ts';
import { servicesOver } from './services-over.ts';

const NOBODY = 'http://127.0.0.1:9';
const ORIGIN = 'https://fluxo.example';

let folder: string;
let app: FastifyInstance;
let close: () => void;
let metrics: Registry;

async function open(perMinute = 1_000, proxies = 0): Promise<void> {
  const verifier = new TokenVerifier({
    issuer: NOBODY,
    audience: 'a',
    keys: new ProviderKeys(NOBODY, () => undefined),
  });
  const provider = {
    issuer: NOBODY,
    clientId: 'fluxo-bff',
    scopePrefix: '',
    clientSecret: () => 's',
    publicUrl: ORIGIN,
    verifier,
  };
  const over = servicesOver({
    redis: 'redis://127.0.0.1:9/1',
    queryApi: NOBODY,
    entriesApi: NOBODY,
    operationsApi: NOBODY,
    provider,
  });
  close = over.close;
  metrics = new Registry();
  app = await buildApp({
    services: over.services,
    publicUrl: ORIGIN,
    pageFolder: folder,
    metrics,
    readiness: () => ({ ready: true }),
    reportFailure: () => undefined,
    shutdown: new Shutdown(),
    rateLimits: { perAddress: perMinute, perSession: perMinute },
    proxies,
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxo-page-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<fx-root ngCspNonce="__CSP_NONCE__"></fx-root>');
  writeFileSync(join(folder, 'main-ABCDEFGH.js'), 'run()');
  writeFileSync(join(folder, 'assets', 'pt.json'), '{}');
  writeFileSync(join(folder, '.secret'), 'hidden');
  await open();
});
async function shut(): Promise<void> {
  await app.close();
  close();
}

afterEach(async () => {
  await shut();
  rmSync(folder, { recursive: true });
});

const COOKIE = { cookie: `__Host-fluxo-session=${'A'.repeat(43)}` };

test('every circuit is shown, each under a name of its own', async () => {
  const circuits = (await metrics.metrics()).matchAll(/fluxo_bff_circuit_open{upstream="([^"]+)"}/g);
  expect(Array.from(circuits, ([, upstream]) => upstream)).toEqual([
    'query API',
    'ledger',
    'statements',
    'live changes',
    'entries API',
    'operations API',
  ]);
});

describe('a sign-in that cannot be', () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  test.each([
    ['/auth/login', 503, 'não responde agora'],
    ['/auth/login?returnTo=https://evil.example', 400, 'não vale'],
    ['/auth/callback?code=1&state=2', 400, 'não vale'],
  ])('%s is a page for people and a problem for programs', async (url, status, words) => {
    const shown = await app.inject({ url, headers: browser });
    expect([shown.statusCode, shown.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
    expect(shown.body).toContain(words);
    expect(shown.body).not.toContain('evil');
    expect(shown.headers['content-length']).toBe(String(Buffer.byteLength(shown.body)));
    const told = await app.inject({ url, headers: { accept: 'application/json' } });
    expect([told.statusCode, told.json()]).toMatchObject([status, { status }]);
  });
});

describe('the page', () => {
  test.each(['/', '/index.html', '/m/sim-0001/today', '/m/padaria.sp/day/2026-03-01?x=1'])(
    '%s is index.html with a nonce of its own, which the policy names',
    async (url) => {
      const answers = [await app.inject(url), await app.inject(url)];
      const nonces = answers.map(({ body }) => body.match(/ngCspNonce="([^"]{24})"/)?.[1]);
      expect(new Set(nonces).size).toBe(2);
      for (const [index, { statusCode, headers }] of answers.entries()) {
        expect(statusCode).toBe(200);
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(headers['cache-control']).toBe('no-store');
        expect(headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonces[index]}';`);
      }
    },
  );

  test('files whose name holds their hash are kept for ever, others are asked for again', async () => {
    const cacheOf = async (url: string) => (await app.inject(url)).headers['cache-control'];
    expect(await cacheOf('/main-ABCDEFGH.js')).toBe('max-age=31536000, immutable');
    expect(await cacheOf('/assets/pt.json')).toBe('no-cache');
  });

  test.each(['/missing.js', '/api/nothing', '/auth/nothing', '/api'])('%s is nothing of it', async (url) => {
    const { statusCode, body } = await app.inject(url);
    expect([statusCode, body.includes('fx-root')]).toEqual([404, false]);
  });

  test.each([
    '/.secret',
    '/..%2f..%2fetc/passwd',
    '/assets/..%2f.secret',
    '/assets/%2e%2e/.secret',
    '/%2e%2e/%2e%2e/etc/passwd',
  ])('%s shows no file that is not the page’s', async (url) =>
    expect((await app.inject(url)).body).not.toMatch(/hidden|root:/),
  );

  test('that was not built says so, and the rest works', async () => {
    rmSync(join(folder, 'index.html'));
    expect((await app.inject('/')).json()).toMatchObject({ status: 404, code: 'page-missing' });
    expect((await app.inject('/livez')).statusCode).toBe(200);
  });
});

test.each([
  '/',
  '/main-ABCDEFGH.js',
  '/api/session',
  '/api/nothing',
  '/auth/login?returnTo=//evil',
  '/livez',
])('%s tells the browser to run nothing that is not ours', async (url) => {
  const { headers } = await app.inject(url);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
  });
});

describe('with nobody there', () => {
  test.each([
    ['/api/session', {}, 401, 'signed-out'],
    ['/api/session', { cookie: '__Host-fluxo-session=short' }, 401, 'signed-out'],
    ['/api/session', COOKIE, 503, 'session-unavailable'],
    ['/api/day/m-1/today', COOKIE, 503, 'session-unavailable'],
    ['/api/live/m-1/2026-03-01', COOKIE, 503, 'session-unavailable'],
    ['/auth/login', {}, 503, 'sign-in-unavailable'],
    ['/auth/callback?code=x&state=y', {}, 400, 'sign-in-invalid'],
  ] as const)('%s %j', async (url, headers, status, code) => {
    const answer = await app.inject({ url, headers });
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });

  test('who changes something comes from the page first of all', async () => {
    const post = (origin?: string) =>
      app.inject({
        method: 'POST',
        url: '/auth/logout',
        headers: { ...COOKIE, ...(origin ? { origin } : {}) },
      });
    expect((await post()).json()).toMatchObject({ code: 'origin-foreign' });
    expect((await post('https://fluxo.example.evil')).json()).toMatchObject({ code: 'origin-foreign' });
    expect((await post(ORIGIN)).json()).toMatchObject({ code: 'session-unavailable' });
  });
});

test('an address that asks too often waits, before Redis is asked; operators do not', async () => {
  await shut();
  await open(3);
  const ask = async () => (await app.inject({ url: '/api/session', headers: COOKIE })).statusCode;
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual([503, 503, 503, 429]);
  const refused = await app.inject({ url: '/auth/login' });
  expect(refused.json()).toMatchObject({ status: 429, code: 'too-many-requests' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  for (let count = 0; count < 10; count += 1) expect((await app.inject('/livez')).statusCode).toBe(200);
});

test.each([
  { proxies: 0, asked: ['a', 'b', 'c'], statuses: [503, 503, 429] },
  { proxies: 1, asked: ['a', 'b', 'made up, a', 'a', 'b'], statuses: [503, 503, 503, 429, 503] },
])(
  'behind $proxies proxies the address counts that the last of them names, whatever a caller says of himself',
  async ({ proxies, asked, statuses }) => {
    await shut();
    await open(2, proxies);
    const answered: number[] = [];
    for (const address of asked) {
      const headers = { ...COOKIE, 'x-forwarded-for': address };
      answered.push((await app.inject({ url: '/api/session', headers })).statusCode);
    }
    expect(answered).toEqual(statuses);
  },
);
