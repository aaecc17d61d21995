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
