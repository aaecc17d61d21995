/** What the routes refuse, and how: always a problem that names what is wrong, never a zero. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { type ApiFixture, BALANCES, openApi } from '../api-fixture.ts';
import type { MemoryView } from '../views/memory/memory-view.ts';
import { aBalance } from '../views/view-fixtures.ts';

let app: FastifyInstance;
let memory: MemoryView;
let failures: ApiFixture['failures'];

beforeEach(async () => {
  ({ app, memory, failures } = await openApi());
});

describe('bad requests', () => {
  test.each([
    ['/2026-02-30', 'path', 'businessDate'],
    ['/2026-13-01', 'path', 'businessDate'],
    ['/2026-3-1', 'path', 'businessDate'],
    ['/today', 'path', 'businessDate'],
    ['/2026-03-01?minRevision=-1', 'query', 'minRevision'],
    ['/2026-03-01?minRevision=1e3', 'query', 'minRevision'],
    ['/2026-03-01?minRevision=', 'query', 'minRevision'],
    ['/2026-03-01?minRevision=9007199254740992', 'query', 'minRevision'],
    ['/2026-03-01?minRevision=1&minRevision=1', 'query', 'minRevision'],
    ['/2026-03-01?verbose=1', 'query', 'verbose'],
    ['/2026-03-01?__proto__=1', 'query', '__proto__'],
    ['?from=2026-03-01', 'query', 'to'],
    ['?from=2026-02-30&to=2026-03-01', 'query', 'from'],
    ['?from=2026-03-01&to=2026-02-29', 'query', 'to'],
    ['?from=2026-03-02&to=2026-03-01', 'query', 'to'],
    ['?from=2026-03-01&from=2026-03-01&to=2026-03-01', 'query', 'from'],
    ['?from=2026-03-01&to=2026-03-02&page=2', 'query', 'page'],
  ])('%s is refused, naming the %s parameter %s', async (path, place, parameter) => {
    const answer = await app.inject(BALANCES + path);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ in: place, parameter }] });
    expect(answer.json().requestId).toBe(answer.headers['x-request-id']);
  });

  test.each([
    ['/balances/2026-03-01?knownAt=-1', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=1.5', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=9007199254740992', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=2026-03-01', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=2026-03-01T10:00:00', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=2026-13-01T10:00:00Z', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=2026-02-30T10:00:00Z', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=2026-02-29T23:00:00-03:00', 'query', 'knownAt'],
    ['/balances/2026-03-01?knownAt=1&minRevision=1', 'query', 'knownAt'],
    ['/balances/2026-02-30/explanation', 'path', 'businessDate'],
    ['/balances/2026-03-01/explanation?limit=0', 'query', 'limit'],
    ['/days/2026-02-30', 'path', 'businessDate'],
    ['/days/2026-03-01?limit=1', 'query', 'limit'],
    ['/entries/1', 'path', 'entryId'],
    ['/entries/00000000-0000-4000-8000-00000000000A', 'path', 'entryId'],
    ['/entries/00000000-0000-4000-8000-000000000001?x=1', 'query', 'x'],
    ['/entries?limit=0', 'query', 'limit'],
    ['/entries?limit=201', 'query', 'limit'],
    ['/entries?limit=-1', 'query', 'limit'],
    ['/entries?limit=1e2', 'query', 'limit'],
    ['/entries?limit=10&limit=10', 'query', 'limit'],
    ['/entries?cursor=', 'query', 'cursor'],
    ['/entries?cursor=..%2F', 'query', 'cursor'],
    ['/entries?cursor=AAAA', 'query', 'cursor'],
    ['/entries?offset=10', 'query', 'offset'],
    ['/entries?kind=sale', 'query', 'kind'],
    ['/entries?kind=SALE&kind=REFUND', 'query', 'kind'],
    ['/entries?paymentMethod=GOLD', 'query', 'paymentMethod'],
    ['/entries?direction=IN', 'query', 'direction'],
    ['/entries?accountId=', 'query', 'accountId'],
    ["/entries?accountId=a'b", 'query', 'accountId'],
    ['/entries?externalId=', 'query', 'externalId'],
    ['/entries?externalId=%00', 'query', 'externalId'],
    ['/entries?text=', 'query', 'text'],
    ['/entries?text=a%00b', 'query', 'text'],
    [`/entries?text=${'a'.repeat(129)}`, 'query', 'text'],
    ['/entries?amountMin=1.5', 'query', 'amountMin'],
    ['/entries?amountMin=-1', 'query', 'amountMin'],
    ['/entries?amountMax=9007199254740992', 'query', 'amountMax'],
    ['/entries?amountMin=2&amountMax=1', 'query', 'amountMax'],
    ['/entries?businessDate=2026-02-30', 'query', 'businessDate'],
    ['/entries?businessDate=2026-03-01&from=2026-03-01', 'query', 'businessDate'],
    ['/entries?from=2026-03-01', 'query', 'to'],
    ['/entries?to=2026-03-01', 'query', 'from'],
    ['/entries?from=2026-03-01&to=2026-02-28', 'query', 'to'],
    ['/entries?from=2026-03-01&to=2027-04-05', 'query', 'to'],
    ['/summary?from=2026-03-01&to=2026-03-02', 'query', 'groupBy'],
    ['/summary?from=2026-03-01&to=2026-03-02&groupBy=year', 'query', 'groupBy'],
    ['/summary?from=2026-03-01&to=2027-04-05&groupBy=day', 'query', 'to'],
    ['/summary?groupBy=day&to=2026-03-01', 'query', 'from'],
  ])('%s is refused too, naming the %s parameter %s', async (path, place, parameter) => {
    const answer = await app.inject(`/v1/merchants/m-1${path}`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ in: place, parameter }] });
  });

  test.each([
    ['/v1/merchants/a%2Fb', 400, 'parameter-invalid'],
    ['/v1/merchants/m%201', 400, 'parameter-invalid'],
    [`/v1/merchants/${'m'.repeat(65)}`, 400, 'parameter-invalid'],
    [`/v1/merchants/${'m'.repeat(64)}`, 404, 'merchant-unknown'],
    [`/v1/merchants/${'m'.repeat(257)}`, 400, 'request-malformed'],
    ['/v1/merchants/%zz', 400, 'request-malformed'],
    ['/v1/merchants/m%2D1', 200, undefined],
    ['/v1/merchants/m-1/', 404, 'route-unknown'],
    ['/v1/merchants', 404, 'route-unknown'],
    ['//v1/merchants/m-1', 404, 'route-unknown'],
    ['/', 404, 'route-unknown'],
  ])('%s → %d %s', async (url, status, code) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'] as const)(
    '%s is not allowed where one may read, and finds nothing elsewhere',
    async (method) => {
      const known = await app.inject({ method: method as 'POST', url: '/v1/merchants/m-1', payload: '{' });
      expect([known.statusCode, known.headers['allow'], known.json().code]).toEqual([
        405,
        'GET, HEAD',
        'method-not-allowed',
      ]);
      const headers = { 'content-type': 'application/json' };
      const unknown = await app.inject({
        method: method as 'POST',
        url: '/v1/nothing',
        headers,
        payload: '{',
      });
      expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'route-unknown']);
    },
  );

  test('a failure of ours is reported, and the caller learns no more than its name', async () => {
    memory.applyBalance(aBalance({ revision: 9 }), Buffer.from('not avro'));
    const answer = await app.inject(`${BALANCES}/2026-03-01`);
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'The service failed',
      status: 500,
      code: 'internal-error',
      detail: expect.any(String),
      requestId: answer.headers['x-request-id'],
    });
    expect(failures).toHaveLength(1);
  });
});
