/**
 * Every address of the entries API's document × every kind of caller: nobody enters for a merchant that is not theirs, and nothing of such a
 * request reaches the database. A route added tomorrow is in the table by itself. Needs Postgres.
 */
import { MERCHANTS_CLAIM, OPERATOR, ProviderKeys, ROLES_CLAIM, TokenVerifier } from '@fluxo/identity';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AUDIENCE, TokenIssuer, type TokenShape } from '../../testing/token-issuer.ts';
import { anEntry, EntriesScene } from './entries-scene.ts';

type Operation = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly scope: string | undefined;
};

const ID = '0b0e4c3a-5d57-4d2a-9f0c-0d8e6a1f7b11';
/** Open to whoever watches over the process: none of them shows or takes money. */
const OPEN = ['/livez', '/metrics', '/readyz'];
const ALL_SCOPES = 'entries:write days:close days:reopen merchants:admin';

let issuer: TokenIssuer;
let scene: EntriesScene;
let operations: readonly Operation[];

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const keys = new ProviderKeys(issuer.url, () => undefined);
  const access = new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys });
  scene = await EntriesScene.open({ access });
  const { paths } = (await scene.app.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, { security?: readonly { accessToken: readonly string[] }[] }>>;
  }>();
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      scope: security?.[0]?.accessToken[0],
    })),
  );
}, 60_000);
afterAll(async () => {
  await issuer.goAway();
  await scene.close();
});

/** What each guarded address answers, as its code; requests have no body, so whoever gets in is told what is missing. */
async function codesFor(merchantId: string, shape: TokenShape | null): Promise<ReadonlyMap<string, string>> {
  const headers = shape === null ? {} : { authorization: `Bearer ${await issuer.token(shape)}` };
  const codes = new Map<string, string>();
  for (const { method, path, scope } of operations) {
    if (scope === undefined) continue;
    const url = path
      .replace('{merchantId}', merchantId)
      .replace('{date}', '2026-03-01')
      .replaceAll(/\{\w+\}/g, ID);
    const answer = await scene.app.inject({ method, url, headers });
    codes.set(`${method} ${path}`, answer.json<{ code: string }>().code);
  }
  return codes;
}

const refusals = ['token-missing', 'token-invalid', 'scope-missing', 'merchant-unknown'];

describe('every route', () => {
  test('says in the document what it needs, but for those of operators of the process', () => {
    const open = operations.filter(({ scope }) => scope === undefined);
    expect(open.map(({ path }) => path).toSorted()).toEqual(OPEN);
    expect(operations.length).toBeGreaterThanOrEqual(OPEN.length + 8);
  });

  test('lets in who may', async () => {
    const codes = await codesFor('m-1', { claims: { scope: ALL_SCOPES } });
    for (const [operation, code] of codes)
      expect([operation, refusals.includes(code), code]).toEqual([operation, false, code]);
  });

  test.each<[string, string, TokenShape | null, string]>([
    ['without a token', 'm-1', null, 'token-missing'],
    ['with a token for another API', 'm-1', { claims: { aud: 'urn:other' } }, 'token-invalid'],
    ['with the wrong scope', 'm-1', { claims: { scope: 'balances:read' } }, 'scope-missing'],
    ['for another merchant', 'm-2', { claims: { scope: ALL_SCOPES } }, 'merchant-unknown'],
    [
      'for no merchant at all',
      'm-1',
      { claims: { scope: ALL_SCOPES, [MERCHANTS_CLAIM]: [] } },
      'merchant-unknown',
    ],
  ])('%s (%s)', async (_name, merchantId, shape, expected) => {
    const codes = await codesFor(merchantId, shape);
    expect(Object.fromEntries(codes)).toEqual(
      Object.fromEntries([...codes.keys()].map((operation) => [operation, expected])),
    );
  });

  test('an operator sets merchants up, and moves nobody’s money', async () => {
    const claims = { scope: ALL_SCOPES, [MERCHANTS_CLAIM]: [], [ROLES_CLAIM]: [OPERATOR] };
    const letIn = [...(await codesFor('m-1', { claims }))].filter(([, code]) => code !== 'merchant-unknown');
    expect(letIn.map(([operation]) => operation)).toEqual(['PUT /v1/merchants/{merchantId}']);
  });
});

test('what is refused leaves nothing behind; what is let in is accepted', async () => {
  const enter = async (merchantId: string): Promise<number> => {
    const authorization = `Bearer ${await issuer.token({ claims: { scope: 'entries:write' } })}`;
    const call = { path: `${merchantId}/entries`, body: anEntry, headers: { authorization } };
    return (await scene.call(call)).status;
  };
  expect(await enter('m-2')).toBe(404);
  expect(await scene.outbox()).toEqual([]);
  expect(await enter('m-1')).toBe(202);
  expect(await scene.outbox()).toHaveLength(1);
});
