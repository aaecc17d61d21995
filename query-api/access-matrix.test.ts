/**
 * Every address of the OpenAPI document × every kind of caller: what the document calls guarded answers nobody without a right token, and
 * nothing stands open that is not for operators. A route added tomorrow is in the table by itself.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { MERCHANTS_CLAIM, OPERATOR, ProviderKeys, ROLES_CLAIM, TokenVerifier } from '@fluxo/identity';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import { AUDIENCE, TokenIssuer, type TokenShape } from '../testing/token-issuer.ts';
import { type ApiFixture, openApi } from './api-fixture.ts';
import { aMerchant, uuid } from './views/view-fixtures.ts';

type Operation = {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<Record<string, unknown>>;
};

type Method = 'GET' | 'HEAD' | 'POST';
/** What an address answers: what can be read, and what takes a question in a body. */
const methodsOf = (isPost: boolean): readonly Method[] => (isPost ? ['POST'] : ['GET', 'HEAD']);
/** What parameters are filled with; a parameter that is missing here fails the test that needs it. */
const values: Readonly<Record<string, string>> = {
  businessDate: '2026-03-01',
  from: '2026-03-01',
  to: '2026-03-02',
  groupBy: 'day',
  entryId: uuid(1),
};
/** What is sent to an address that takes a body, about this merchant and one of the caller's own. */
const bodies: Readonly<Record<string, (merchantId: string) => object>> = {
  '/v1/summaries': (merchantId) => ({
    merchants: [...new Set(['m-1', merchantId])],
    from: '2026-03-01',
    to: '2026-03-02',
    groupBy: 'day',
  }),
};
/** Open to whoever watches over the process: none of them shows money. */
const OPEN = ['/livez', '/metrics', '/readyz'];

let issuer: TokenIssuer;
let api: ApiFixture;
let operations: readonly (readonly [string, Operation, readonly Method[]])[];

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const keys = new ProviderKeys(issuer.url, () => undefined);
  api = await openApi(null, new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys }));
  // There is another merchant, with the same documents to show.
  api.memory.applyMerchant(aMerchant({ merchantId: 'm-2' }));
  const document = (await api.app.inject('/openapi.json')).json<{
    paths: Record<string, { get?: Operation; post?: Operation }>;
  }>();
  operations = Object.entries(document.paths).map(([path, { get, post }]) => [
    path,
    (get ?? post) as Operation,
    methodsOf(get === undefined),
  ]);
});
afterAll(() => issuer.goAway());

/** A machine with too much to do sheds requests; that says nothing about who may read what. */
async function ask(options: InjectOptions): Promise<Response> {
  for (;;) {
    const answer = await api.app.inject(options);
    if (answer.statusCode !== 503) return answer;
    await sleep(50);
  }
}

/** A request that is right but for who asks, and about whom. */
function requestOf(
  operation: (typeof operations)[number],
  merchantId: string,
): { readonly url: string; readonly payload?: object } {
  const [path, , [method]] = operation;
  const url = addressOf(operation, merchantId);
  const body = bodies[path];
  if (method !== 'POST') return { url };
  if (body === undefined) throw new Error(`say in this test what to send to ${path}`);
  return { url, payload: body(merchantId) };
}

function addressOf([path, { parameters = [] }]: (typeof operations)[number], merchantId: string): string {
  const all: Record<string, string> = { ...values, merchantId };
  const filledIn = (name: string) => {
    const value = all[name];
    if (value === undefined) throw new Error(`say in this test what to put for {${name}}`);
    return value;
  };
  const query = parameters
    .filter((each) => each.in === 'query' && each.required)
    .map(({ name }) => `${name}=${filledIn(name)}`);
  return `${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => filledIn(name))}?${query.join('&')}`;
}

async function statusesOf(merchantId: string, shape: TokenShape | null): Promise<Record<string, number[]>> {
  const headers = shape === null ? {} : { authorization: `Bearer ${await issuer.token(shape)}` };
  const statuses: Record<string, number[]> = {};
  for (const operation of operations) {
    const [path, , methods] = operation;
    statuses[path] = [];
    for (const method of methods) {
      const answer = await ask({ method, ...requestOf(operation, merchantId), headers });
      statuses[path].push(answer.statusCode);
    }
  }
  return statuses;
}

/** What is expected: this for all that is guarded, 200 for what is open. */
const guardedWith = (status: number) =>
  Object.fromEntries(
    operations.map(([path, , methods]) => [path, methods.map(() => (OPEN.includes(path) ? 200 : status))]),
  );

describe('every route', () => {
  test.each<[string, string, TokenShape | null, number]>([
    ['of the caller’s own merchant', 'm-1', {}, 200],
    ['of another merchant', 'm-2', {}, 404],
    ['of a merchant that does not exist', 'm-3', {}, 404],
    ['without a token', 'm-1', null, 401],
    ['with the wrong scope', 'm-1', { claims: { scope: 'entries:write merchants:admin' } }, 403],
    ['with a token for another API', 'm-1', { claims: { aud: 'urn:other' } }, 401],
    ['with a token of another merchant and the wrong scope', 'm-2', { claims: { scope: '' } }, 403],
    ['as an operator', 'm-1', { claims: { [MERCHANTS_CLAIM]: [], [ROLES_CLAIM]: [OPERATOR] } }, 200],
    ['as an operator without the scope', 'm-1', { claims: { scope: '', [ROLES_CLAIM]: [OPERATOR] } }, 403],
  ])('%s (%s)', async (_name, merchantId, shape, status) => {
    expect(await statusesOf(merchantId, shape)).toEqual(guardedWith(status));
  });

  test('another merchant is answered with the very bytes of one that does not exist, whatever else is wrong', async () => {
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    const shown = async (request: InjectOptions) => {
      const { statusCode, body, headers: answered } = await ask({ ...request, headers });
      const names = Object.keys(answered).filter((name) => name !== 'date');
      return [statusCode, names, body.replaceAll(/m-[23]/g, 'm').replace(/"requestId":"[^"]*"/, '')];
    };
    for (const operation of operations.filter(([path]) => !OPEN.includes(path))) {
      const [, , [method = 'GET']] = operation;
      // Merchants in a body can be told only once the request as a whole is right.
      const isInBody = method === 'POST';
      for (const more of isInBody ? [''] : ['', '&minRevision=7', '&unknown=1', '&minRevision=x']) {
        const about = (merchantId: string): InjectOptions => {
          const { url, ...rest } = requestOf(operation, merchantId);
          return { method, url: url + more, ...rest };
        };
        const others = await shown(about('m-2'));
        expect(others).toEqual(await shown(about('m-3')));
        expect(others[0]).toBe(404);
      }
    }
  });

  test('says in the document what it needs', () => {
    const guarded = operations.filter(([path]) => !OPEN.includes(path));
    expect(guarded.length).toBeGreaterThanOrEqual(10);
    for (const [, { security, responses }] of guarded) {
      expect(security).toEqual([{ accessToken: ['balances:read'] }]);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '404', '503']));
    }
    expect(
      operations
        .filter(([, { security }]) => security === undefined)
        .map(([path]) => path)
        .toSorted(),
    ).toEqual(OPEN);
  });

  test('and the documentation stays open', async () => {
    for (const url of ['/openapi.json', '/docs/']) expect((await api.app.inject(url)).statusCode).toBe(200);
  });
});

test('what a merchant that does not exist gets an operator is what a caller gets for another merchant', async () => {
  const shown = async (shape: TokenShape) => {
    const headers = { authorization: `Bearer ${await issuer.token(shape)}` };
    const { statusCode, body } = await ask({ url: '/v1/merchants/m-3', headers });
    return { statusCode, ...(JSON.parse(body) as object), requestId: '' };
  };
  expect(await shown({ claims: { [ROLES_CLAIM]: [OPERATOR] } })).toEqual(await shown({}));
});

test('no token comes to light: not in answers, not in what is reported', async () => {
  const token = await issuer.token({ claims: { aud: 'urn:other' } });
  for (const url of ['/v1/merchants/m-1', '/livez', '/nowhere', '/metrics', '/v1/merchants/%zz']) {
    const answer = await ask({ url, headers: { authorization: `Bearer ${token}` } });
    for (const part of token.split('.'))
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain(part);
  }
  expect(api.failures).toEqual([]);
});
