import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { BALANCES, openApi } from './api-fixture.ts';
import { type BalanceView, ViewUnavailableError } from './views/balance-view.ts';
import type { MemoryView } from './views/memory/memory-view.ts';
import { aMerchant } from './views/view-fixtures.ts';

let app: FastifyInstance;
let memory: MemoryView;

beforeEach(async () => {
  ({ app, memory } = await openApi());
});

/** A second view that knows nobody, but for these answers. */
function behind(answers: Partial<BalanceView>): BalanceView {
  return {
    tier: 'redis',
    merchant: async () => ({ kind: 'unknown' }),
    days: async () => ({ kind: 'unknown' }),
    latest: async () => ({ kind: 'unknown' }),
    ...answers,
  };
}

describe('the view behind', () => {
  const merchant = '/v1/merchants/m-2';

  test('answers for a merchant that memory does not know yet', async () => {
    const value = aMerchant({ merchantId: 'm-2' });
    ({ app } = await openApi(behind({ merchant: async () => ({ kind: 'known', head: 1, value }) })));
    const answer = await app.inject(merchant);
    expect([answer.statusCode, answer.headers['x-fluxo-tier']]).toEqual([200, 'redis']);
  });

  test('is not asked for what memory knows', async () => {
    ({ app } = await openApi(behind({ merchant: () => Promise.reject(new Error('asked')) })));
    expect((await app.inject('/v1/merchants/m-1')).headers['x-fluxo-tier']).toBe('memory');
  });

  test('404 when both know nothing of it', async () => {
    ({ app } = await openApi(behind({})));
    expect((await app.inject(merchant)).statusCode).toBe(404);
  });

  test('503 with Retry-After when it cannot be reached: never a guess', async () => {
    ({ app } = await openApi(behind({ merchant: () => Promise.reject(new ViewUnavailableError('down')) })));
    const answer = await app.inject(merchant);
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'view-unavailable',
      '1',
    ]);
  });

  test('503 while memory is loading and nothing complete is behind it', async () => {
    const alone = await openApi();
    const building = await openApi(behind({ days: async () => ({ kind: 'incomplete' }) }));
    for (const each of [alone, building]) {
      each.memory.isLoaded = false;
      const answer = await each.app.inject(`${BALANCES}/2026-03-01`);
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    }
  });
});

describe('operations', () => {
  test('/readyz tells the positions, ready or not', async () => {
    expect((await app.inject('/readyz')).json()).toEqual({ ready: true, positions: { topic: { 0: 7 } } });
    memory.isLoaded = false;
    const loading = await app.inject('/readyz');
    expect([loading.statusCode, loading.json().ready]).toEqual([503, false]);
    expect((await app.inject('/livez')).statusCode).toBe(200);
  });

  test('/metrics counts requests by route and status, not by address', async () => {
    await app.inject(`${BALANCES}/2026-03-01`);
    await app.inject('/v1/merchants/nobody');
    const text = (await app.inject('/metrics')).body;
    expect(text).toContain(
      'fluxo_http_requests_total{method="GET",route="/v1/merchants/:merchantId/balances/:businessDate",status="200"} 1',
    );
    expect(text).toContain(
      'fluxo_http_requests_total{method="GET",route="/v1/merchants/:merchantId",status="404"} 1',
    );
    expect(text).toContain('fluxo_query_answers_total{tier="memory"} 1');
    expect(text).toContain('fluxo_query_answers_total{tier="none"} 1');
    expect(text).not.toContain('nobody');
  });

  test('the OpenAPI document describes exactly the routes there are', async () => {
    const document = (await app.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/livez',
      '/metrics',
      '/readyz',
      '/v1/merchants/{merchantId}',
      '/v1/merchants/{merchantId}/balances',
      '/v1/merchants/{merchantId}/balances/latest',
      '/v1/merchants/{merchantId}/balances/{businessDate}',
      '/v1/merchants/{merchantId}/balances/{businessDate}/explanation',
      '/v1/merchants/{merchantId}/days/{businessDate}',
      '/v1/merchants/{merchantId}/entries',
      '/v1/merchants/{merchantId}/entries/{entryId}',
      '/v1/merchants/{merchantId}/statements',
      '/v1/merchants/{merchantId}/summary',
      '/v1/summaries',
    ]);
    const answer = document.paths['/v1/merchants/{merchantId}/balances/latest'].get.responses;
    expect(answer['200'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Balance',
    });
    expect(Object.keys(document.components.schemas)).toContain('AccountBalance');
    expect(Object.keys(document.paths['/readyz'].get.responses)).toEqual(['200', '503']);
  });

  test('the documentation page is served from here, under a policy that allows nothing from elsewhere', async () => {
    const page = await app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect((await app.inject('/docs/static/swagger-ui-bundle.js')).statusCode).toBe(200);
  });
});
