/**
 * Needs Keycloak, which it fetches, and Java 17. A real Keycloak with the realm of docker-compose.yml: what our code asks of a sign-in provider,
 * it asks of this one. That browsers and containers find it under one name is Docker's part, and not tested here.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_PASSWORD, type Place } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SignInProvider } from '../../bff/sign-in/sign-in-provider.ts';
import { demoPeople, type PersonId } from '../../identity/demo-people.ts';
import { ProviderKeys } from '../../identity/provider-keys.ts';
import { TokenVerifier } from '../../identity/token-verifier.ts';
import { startProcess } from '../../stack/native-process.ts';
import { downloadServers, keycloakFolder } from '../../stack/setup/downloads.ts';
import { tearDown, withTemporaryPlace } from '../../testing/servers.ts';

/** The first start of Keycloak compiles itself: five minutes have been seen. */
jest.setTimeout(15 * 60_000);

let place: Place;
let folder: string;
let issuer: string;
let publicUrl: string;
let verifier: TokenVerifier;
let provider: SignInProvider;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxo-keycloak-'));
  place = await withTemporaryPlace(async (found) => found);
  await downloadServers(place.cache, ['keycloak'], () => undefined);
  await start();
  issuer = `http://127.0.0.1:${place.portBase}/realms/fluxo`;
  publicUrl = `http://localhost:${place.portBase + 8}`;
  while (!(await answers(`${issuer}/.well-known/openid-configuration`))) await sleep(500);
  verifier = new TokenVerifier({
    issuer,
    audience: 'urn:fluxo:api',
    keys: new ProviderKeys(issuer, (error) => console.error(error)),
  });
  provider = new SignInProvider({
    issuer,
    clientId: 'fluxo-bff',
    scopePrefix: '',
    clientSecret: () => LOCAL_PASSWORD,
    publicUrl,
    verifier,
  });
});
afterAll(async () => {
  await tearDown(place);
  rmSync(folder, { recursive: true, force: true });
});

/** From a copy: it writes into its own folder. */
async function start(): Promise<void> {
  cpSync(keycloakFolder(place.cache), folder, { recursive: true });
  const imports = join(folder, 'data', 'import');
  mkdirSync(imports, { recursive: true });
  cpSync(join(place.checkout, 'infra/keycloak/fluxo-realm.json'), join(imports, 'fluxo-realm.json'));
  await startProcess(place, 'keycloak', {
    program: join(folder, 'bin', 'kc.sh'),
    args: ['start-dev', '--import-realm', '--http-host=127.0.0.1', `--http-port=${place.portBase}`],
    env: { FLUXO_BFF_PORT: String(place.portBase + 8), KC_HOSTNAME: `http://127.0.0.1:${place.portBase}` },
    workingFolder: folder,
  });
}

async function answers(address: string): Promise<boolean> {
  return fetch(address).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Signs a person in with the form that Keycloak shows; the query with which the browser would come back. */
async function signIn(address: URL, person: PersonId): Promise<string> {
  const page = await fetch(address, { redirect: 'manual' });
  const form = (await page.text()).match(/<form[^>]* action="([^"]+)"/)?.[1]?.replaceAll('&amp;', '&');
  if (form === undefined) throw new Error(`no form at ${address.href}: ${page.status}`);
  const cookie = page.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const answer = await fetch(form, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ username: person, password: person }),
  });
  const next = answer.headers.get('location') ?? '';
  expect(next.startsWith(`${publicUrl}/auth/callback?`)).toBe(true);
  return new URL(next).search.slice(1);
}

async function tokenOfMachine(clientId: string, scope: string): Promise<Response> {
  return fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${LOCAL_PASSWORD}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
}

describe('with Keycloak', () => {
  test.each(Object.keys(demoPeople) as PersonId[])(
    '%s signs in and may do what the demo says',
    async (id) => {
      const { address, transaction } = await provider.begin('/');
      const signedIn = await provider.finish(await signIn(address, id), transaction);
      const { name, scopes, merchants, isOperator } = demoPeople[id];
      expect({ ...signedIn, scopes: new Set(signedIn.scopes) }).toMatchObject({
        person: { name },
        scopes: new Set(scopes),
        merchants,
        isOperator,
      });
      const renewed = await provider.renew(signedIn.tokens);
      expect(await provider.rightsOf(renewed?.access ?? '')).toMatchObject({ merchants, isOperator });
      // A refresh token that was used is used up.
      expect(await provider.renew(signedIn.tokens)).toBeNull();
    },
  );

  test('who signs out is out', async () => {
    const { address, transaction } = await provider.begin('/');
    const { tokens } = await provider.finish(await signIn(address, 'owner'), transaction);
    await provider.revoke(tokens.refresh);
    expect(await provider.renew(tokens)).toBeNull();
    // This caller has no session in the browser's cookies, so there is nothing to ask, and it is sent back at once.
    const end = await fetch(await provider.endAddress(), { redirect: 'manual' });
    expect([end.status, end.headers.get('location')]).toEqual([302, `${publicUrl}/`]);
  });

  test('a program gets its own scopes and merchants, and no others', async () => {
    const answer = await tokenOfMachine('till-vendor', 'entries:write balances:read');
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const caller = await verifier.verify(token);
    expect(caller.scopes).toEqual(new Set(['balances:read', 'entries:write']));
    expect([...caller.merchants]).toEqual(['sim-0004', 'sim-0005']);
    expect([caller.isOperator, caller.clientId]).toEqual([false, 'till-vendor']);
    expect((await tokenOfMachine('till-vendor', 'days:close')).status).toBe(400);
  });
});
