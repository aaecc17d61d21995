/**
 * Row 19 of reliability.md section 3, on a real entries API and a sign-in provider over TLS: the provider changes its keys, its certificate
 * expires, it goes away. Who is known stays known for as long as the keys may be kept; who is not, and everybody at a process that has no keys
 * yet, is told 401 or 503. Nobody is ever let in for want of an answer. Needs Postgres and OpenSSL. With `--long` the ten minutes are waited for.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { asRole, portOffsets } from '../../stack/addresses.ts';
import { certificateFiles, makeCertificates } from '../../stack/secured/certificates.ts';
import { aSaleNow } from '../../testing/entries-client.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { AUDIENCE, type Identification, newKey, TokenIssuer } from '../../testing/token-issuer.ts';
import { Hits } from './hits.ts';
import { isLong } from './scale.ts';

jest.setTimeout(3_600_000);

/** How long keys may be kept, and a little. */
const KEYS_AGE_MS = 10.5 * 60_000;

const hits = new Hits(19, [
  'keys rotated',
  'certificate expired',
  'provider away',
  'refused for want of keys',
  ...(isLong ? ['keys grown too old'] : []),
]);
let folder: string;
let stack: TestStack;
let issuer: TokenIssuer;
let valid: Identification;
let api: ChildProcess | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxo-row-19-'));
  makeCertificates({ folder, names: ['IP:127.0.0.1'] });
  const pem = readFileSync(join(folder, certificateFiles.broker), 'utf8');
  valid = { key: pem, cert: pem };
  issuer = await TokenIssuer.start(valid);
  stack = await startStack({ only: ['postgres', 'migrate'] });
}, 300_000);
afterAll(async () => {
  await stop();
  await issuer?.goAway();
  await stack?.destroy();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

/** The same name of the same authority, but it was good until yesterday. */
function expired(): Identification {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  writeFileSync(at('names'), 'subjectAltName = IP:127.0.0.1\n');
  openssl('req', '-new', '-key', at(certificateFiles.broker), '-subj', '/CN=provider', '-out', at('request'));
  const signed = ['-CA', at(certificateFiles.authority), '-CAkey', at('authority.key'), '-CAcreateserial'];
  const terms = ['-days', '-1', '-extfile', at('names'), '-out', at('expired.pem')];
  openssl('x509', '-req', '-in', at('request'), ...signed, ...terms);
  return { key: valid.key, cert: readFileSync(at('expired.pem'), 'utf8') };
}

const port = () => stack.place.portBase + portOffsets.entriesApi;

async function start(): Promise<void> {
  api = spawn(process.execPath, [join(stack.place.checkout, 'entries-api/main.ts')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: join(folder, certificateFiles.authority),
      FLUXO_POSTGRES: asRole(stack.addresses.postgres, 'fluxo_entries'),
      FLUXO_OIDC_ISSUER: issuer.url,
      FLUXO_OIDC_AUDIENCE: AUDIENCE,
      FLUXO_AUTH: '',
      FLUXO_HTTP_PORT: String(port()),
    },
  });
  const ready = () => fetch(`http://127.0.0.1:${port()}/readyz`).catch(() => null);
  while ((await ready())?.status !== 200) await sleep(50);
}

async function stop(): Promise<void> {
  if (api === null) return;
  const ended = once(api, 'exit');
  api.kill('SIGTERM');
  await ended;
  api = null;
}

async function startAnew(): Promise<void> {
  await stop();
  await start();
}

/** The provider goes away, and comes back showing this; null: it stays away. */
async function provider(identification: Identification | null): Promise<void> {
  await issuer.goAway();
  if (identification === null) return;
  issuer.identification = identification;
  await issuer.comeBack();
}

const token = (key = issuer.keys[0]) =>
  issuer.token({
    claims: { scope: 'entries:write', exp: Math.floor(Date.now() / 1_000) + 3_600 },
    ...(key === undefined ? {} : { key }),
  });

async function enter(bearer: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port()}/v1/merchants/m-1/entries`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify(aSaleNow()),
  });
  await answer.arrayBuffer();
  if (answer.status === 503) hits.count('refused for want of keys');
  return answer.status;
}

test('known callers stay known, nobody else is let in, and all is well when the provider is', async () => {
  await start();
  const known = await token();
  expect(await enter(known)).toBe(202);

  const second = await newKey('second');
  issuer.keys = [second, ...issuer.keys];
  for (const rotated = await token(second); (await enter(rotated)) !== 202; ) await sleep(500);
  hits.count('keys rotated');

  for (const [harm, identification] of [
    ['certificate expired', expired()],
    ['provider away', null],
  ] as const) {
    await provider(valid);
    await startAnew();
    expect(await enter(known)).toBe(202);
    await provider(identification);
    hits.count(harm);
    expect(await enter(known)).toBe(202);
    expect([401, 503]).toContain(await enter(await token(await newKey('of-nobody'))));
    await startAnew();
    expect(await enter(known)).toBe(503);
  }

  await provider(valid);
  const sinceMs = Date.now();
  while ((await enter(known)) !== 202) await sleep(500);
  hits.measure(
    'seconds from the return of the provider until callers are known again',
    (Date.now() - sinceMs) / 1_000,
  );
  if (isLong) {
    await provider(null);
    await sleep(KEYS_AGE_MS);
    expect(await enter(known)).toBe(503);
    hits.count('keys grown too old');
  }
  hits.demandAll();
});
