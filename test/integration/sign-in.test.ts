/**
 * Sign-in on a whole stack of real processes with its own provider: people and programs get tokens and read what is theirs, the commands of
 * the operator go on working, a restarted provider loses nobody, one that is down is not missed, and no secret gets into a log.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditor } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fluxo, startFluxo } from '../../testing/fluxo-command.ts';
import { openShops } from '../../testing/shops.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

jest.setTimeout(240_000);

let stack: TestStack;
/** All tokens of this test: none may be found in a log. */
const tokens: string[] = [];

beforeAll(async () => {
  stack = await startStack({ signIn: true });
  await openShops(stack);
});
afterAll(() => stack.destroy());

const secretsOf = (): Record<string, string> =>
  JSON.parse(readFileSync(join(stack.place.home, 'identity', 'client-secrets.json'), 'utf8')) as Record<
    string,
    string
  >;

async function tokenOf(who: string): Promise<string> {
  const token = (await fluxo(['token', '--as', who], stack.env)).trim();
  tokens.push(token);
  return token;
}

async function statusOf(merchantId: string, token: string | null): Promise<number> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  for (;;) {
    const answer = await fetch(`${stack.addresses.queryApi}/v1/merchants/${merchantId}`, { headers });
    const { code } = (await answer.json()) as { code?: string };
    // A busy machine sheds requests; that says nothing about who may read what.
    if (code !== 'overloaded') return answer.status;
    await sleep(100);
  }
}

describe('with sign-in', () => {
  test.each([
    ['manager', { 'sim-0001': 200, 'sim-0002': 404, 'sim-0004': 404, nobody: 404 }],
    ['owner', { 'sim-0001': 200, 'sim-0002': 200, 'sim-0004': 404, nobody: 404 }],
    ['operator', { 'sim-0001': 200, 'sim-0002': 200, 'sim-0004': 200, nobody: 404 }],
    ['till-vendor', { 'sim-0001': 404, 'sim-0004': 200, 'sim-0005': 200, nobody: 404 }],
  ])('%s reads what is theirs', async (who, expected) => {
    const token = await tokenOf(who);
    const found: Record<string, number> = {};
    for (const merchantId of Object.keys(expected)) found[merchantId] = await statusOf(merchantId, token);
    expect(found).toEqual(expected);
  });

  test('nobody reads without a token, and operators of the process need none', async () => {
    expect(await statusOf('sim-0001', null)).toBe(401);
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs/'])
      expect((await fetch(stack.addresses.queryApi + path)).status).toBe(200);
  });

  test('balance, wait and audit go on working, by the secret in the stack’s home', async () => {
    expect(await fluxo(['balance', 'sim-0003'], stack.env)).toMatch(/^sim-0003 on /);
    const verdict = JSON.parse(await fluxo(['audit', '--json'], stack.env)) as { differences: number };
    expect(verdict.differences).toBe(0);
    const stranger = { ...stack.env, FLUXO_HOME: join(stack.place.home, 'elsewhere') };
    await expect(fluxo(['balance', 'sim-0003'], stranger)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('token-missing'),
    });
    const manager = { ...stranger, FLUXO_TOKEN: await tokenOf('manager') };
    expect(await fluxo(['balance', 'sim-0001'], manager)).toMatch(/^sim-0001 on /);
  });

  test('an audit, told what the manifests tell it, looks at everything as a client of its own', async () => {
    const watch = startFluxo(auditor.args, {
      ...auditor.environment(stack.addresses),
      FLUXO_DYNAMODB: '', // this stack has none
      FLUXO_OIDC_CLIENT_ID: 'fluxo-cli',
      FLUXO_OIDC_CLIENT_SECRET: secretsOf()['fluxo-cli'] ?? '',
      FLUXO_HTTP_PORT: new URL(stack.addresses.audit).port,
      FLUXO_HOME: join(stack.place.home, 'elsewhere'),
    });
    let lines = '';
    for await (const chunk of watch.stdout) {
      lines += String(chunk);
      if (lines.includes('\n')) break;
    }
    const state = (await (await fetch(`${stack.addresses.audit}/readyz`)).json()) as object;
    await watch.end();
    expect(state).toMatchObject({ ready: true, round: { result: 'equal', notJudged: [] } });
    expect(lines).toMatch(/^\S+Z 0 differences in [\d,]+ submissions; \d+ offsets? not taken yet\n$/);
  });

  test('a provider that is down is not missed; after its restart tokens of before still count', async () => {
    const [used, unused] = [await tokenOf('owner'), await tokenOf('owner')];
    expect(await statusOf('sim-0002', used)).toBe(200);
    await stack.stop('identity');
    expect(await statusOf('sim-0002', used)).toBe(200);
    expect(await statusOf('sim-0002', unused)).toBe(200);
    await expect(fluxo(['token', '--as', 'owner'], stack.env)).rejects.toMatchObject({
      stderr: expect.stringContaining('No token for owner'),
    });
    // A query API that comes up meanwhile has no keys: it lets nobody in.
    await stack.stop('query-api');
    await stack.start('query-api');
    expect(await statusOf('sim-0002', used)).toBe(503);
    await stack.start('identity');
    while ((await statusOf('sim-0002', used)) === 503) await sleep(100);
    expect(await statusOf('sim-0002', unused)).toBe(200);
    expect(await statusOf('sim-0002', await tokenOf('owner'))).toBe(200);
  });

  test('no token and no secret is in any log', () => {
    const canaries = [
      ...Object.values(secretsOf()),
      ...tokens.flatMap((token) => [token, token.split('.')[2] ?? '']),
    ];
    expect(canaries.length).toBeGreaterThan(10);
    const folder = join(stack.place.home, 'logs');
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, canaries.filter((canary) => text.includes(canary))]).toEqual([file, []]);
    }
  });
});
