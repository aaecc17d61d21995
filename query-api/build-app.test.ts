import type { BalanceBody, DailyBalance } from '@fluxo/schemas';
import { Registry } from '@fluxo/telemetry';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './build-app.ts';
import { Shutdown } from './shutdown.ts';
import { type BalanceView, ViewUnavailableError } from './views/balance-view.ts';
import { MemoryView } from './views/memory/memory-view.ts';
import { TieredView } from './views/tiered-view.ts';
import { aBalance, aMerchant, dayOf, localCodecs } from './views/view-fixtures.ts';

const codecs = await localCodecs();
const BALANCES = '/v1/merchants/m-1/balances';

let memory: MemoryView;
let app: FastifyInstance;
let failures: unknown[];

function put(change: Partial<DailyBalance>): void {
  const document = aBalance(change);
  memory.applyBalance(document, codecs.dailyBalances.encode('DailyBalance', document));
}

function openMemory(): MemoryView {
  return new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind !== 'record') throw new Error(decoded.kind);
    return decoded.value as DailyBalance;
  });
}

async function openApp(second: BalanceView | null): Promise<FastifyInstance> {
  return buildApp({
    view: new TieredView(memory, second),
    readiness: () => ({ ready: memory.isLoaded, positions: { topic: { 0: 7 } } }),
    metrics: new Registry(),
    reportFailure: (error) => failures.push(error),
    shutdown: new Shutdown(),
  });
}

beforeEach(async () => {
  failures = [];
  memory = openMemory();
  memory.isLoaded = true;
  memory.applyMerchant(aMerchant());
  put({ businessDate: dayOf('2026-03-01'), revision: 2 });
  put({ businessDate: dayOf('2026-03-04'), revision: 5 });
  app = await openApp(null);
});

const lines = {
  document: {
    accounts: [
      {
        accountId: 'drawer',
        currency: 'BRL',
        openingMinor: 10_000,
        creditsMinor: 2_550,
        debitsMinor: 1_050,
        closingMinor: 11_500,
        creditCount: 2,
        debitCount: 1,
      },
    ],
    totals: [
      {
        currency: 'BRL',
        openingMinor: 10_000,
        creditsMinor: 2_550,
        debitsMinor: 1_050,
        closingMinor: 11_500,
        creditCount: 2,
        debitCount: 1,
      },
    ],
    byKind: [{ currency: 'BRL', kind: 'ADJUSTMENT', creditsMinor: 2_550, debitsMinor: 1_050, count: 3 }],
    byMethod: [{ currency: 'BRL', paymentMethod: 'CASH', creditsMinor: 2_550, debitsMinor: 1_050, count: 3 }],
  },
  carried: {
    accounts: [
      {
        accountId: 'drawer',
        currency: 'BRL',
        openingMinor: 11_500,
        creditsMinor: 0,
        debitsMinor: 0,
        closingMinor: 11_500,
        creditCount: 0,
        debitCount: 0,
      },
    ],
    totals: [
      {
        currency: 'BRL',
        openingMinor: 11_500,
        creditsMinor: 0,
        debitsMinor: 0,
        closingMinor: 11_500,
        creditCount: 0,
        debitCount: 0,
      },
    ],
    byKind: [],
    byMethod: [],
  },
  none: { accounts: [], totals: [], byKind: [], byMethod: [] },
};

async function tagOf(path: string): Promise<string> {
  return String((await app.inject(BALANCES + path)).headers['etag']);
}

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

describe('the balance of a day', () => {
  test('is its document under its own field names, with status and materialized', async () => {
    const answer = await app.inject(`${BALANCES}/2026-03-01`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      merchantId: 'm-1',
      businessDate: '2026-03-01',
      status: 'OPEN',
      materialized: true,
      zone: 'America/Sao_Paulo',
      cutoffMinutes: 240,
      dayStart: '2026-03-01T07:00:00.000Z',
      revision: 2,
      chainHead: 'ab'.repeat(32),
      recordedAt: '2026-03-01T15:30:00.123Z',
      ...lines.document,
    });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'x-fluxo-revision': '2',
      'x-fluxo-recorded-at': '2026-03-01T15:30:00.123Z',
      'x-fluxo-tier': 'memory',
      'x-fluxo-fresh': 'true',
    });
  });

  test('a day without a document carries the closing and the revision of the latest earlier one', async () => {
    const answer = await app.inject(`${BALANCES}/2026-03-03`);
    expect(answer.json()).toEqual({
      merchantId: 'm-1',
      businessDate: '2026-03-03',
      status: 'OPEN',
      materialized: false,
      zone: 'America/Sao_Paulo',
      cutoffMinutes: 240,
      dayStart: null,
      revision: 2,
      chainHead: 'ab'.repeat(32),
      recordedAt: '2026-03-01T15:30:00.123Z',
      ...lines.carried,
    });
    expect(answer.headers['x-fluxo-revision']).toBe('2');
  });

  test('a day before the first document is empty with revision 0, in the first calendar', async () => {
    const answer = await app.inject(`${BALANCES}/2019-07-01`);
    expect(answer.json()).toEqual({
      merchantId: 'm-1',
      businessDate: '2019-07-01',
      status: 'OPEN',
      materialized: false,
      zone: 'America/Sao_Paulo',
      cutoffMinutes: 240,
      dayStart: null,
      revision: 0,
      chainHead: '0'.repeat(64),
      recordedAt: null,
      ...lines.none,
    });
    expect(answer.headers['x-fluxo-revision']).toBe('0');
    expect(answer.headers).not.toHaveProperty('x-fluxo-recorded-at');
  });

  test('a day after the change of calendar is in the calendar of that day', async () => {
    const answer = await app.inject(`${BALANCES}/2026-04-01`);
    expect(answer.json()).toMatchObject({ zone: 'America/Manaus', cutoffMinutes: 0, revision: 5 });
  });

  test.each([
    ['2026-03-01', 'CLOSED'],
    ['2026-03-03', 'CLOSED'],
    ['2026-03-04', 'OPEN'],
  ])('closed through 2026-03-03, %s is %s', async (date, status) => {
    memory.applyMerchant(aMerchant({ revision: 6, closedThrough: dayOf('2026-03-03') }));
    expect((await app.inject(`${BALANCES}/${date}`)).json()).toMatchObject({ status });
  });

  test('an unknown merchant is 404 and never a zero', async () => {
    const answer = await app.inject('/v1/merchants/m-2/balances/2026-03-01');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'merchant-unknown', status: 404 });
  });

  test('HEAD answers like GET, without the body', async () => {
    const [get, head] = await Promise.all([
      app.inject(`${BALANCES}/2026-03-01`),
      app.inject({ method: 'HEAD', url: `${BALANCES}/2026-03-01` }),
    ]);
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(head.headers['etag']).toBe(get.headers['etag']);
  });
});

describe('the latest balance', () => {
  test('is that of the greatest date that has a document', async () => {
    expect((await app.inject(`${BALANCES}/latest`)).json()).toMatchObject({
      businessDate: '2026-03-04',
      revision: 5,
      materialized: true,
    });
  });

  test('404 no-balance-yet for a merchant without entries, merchant-unknown for one that is none', async () => {
    memory.applyMerchant(aMerchant({ merchantId: 'm-2' }));
    const [known, unknown] = await Promise.all([
      app.inject('/v1/merchants/m-2/balances/latest'),
      app.inject('/v1/merchants/m-3/balances/latest'),
    ]);
    expect([known.statusCode, known.json().code]).toEqual([404, 'no-balance-yet']);
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'merchant-unknown']);
  });
});

describe('a range of days', () => {
  test('has every day, each as it would be alone', async () => {
    const answer = await app.inject(`${BALANCES}?from=2026-02-28&to=2026-03-06`);
    const dates = [
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
      '2026-03-03',
      '2026-03-04',
      '2026-03-05',
      '2026-03-06',
    ];
    const alone = await Promise.all(
      dates.map(async (date) => (await app.inject(`${BALANCES}/${date}`)).json()),
    );
    expect(answer.json()).toEqual({ merchantId: 'm-1', from: '2026-02-28', to: '2026-03-06', days: alone });
    expect(alone.map((day: BalanceBody) => [day.revision, day.materialized])).toEqual([
      [0, false],
      [2, true],
      [2, false],
      [2, false],
      [5, true],
      [5, false],
      [5, false],
    ]);
    expect(answer.headers['x-fluxo-revision']).toBe('5');
  });

  test('may be 400 days long and not longer', async () => {
    const longest = await app.inject(`${BALANCES}?from=2025-01-01&to=2026-02-04`);
    expect(longest.json().days).toHaveLength(400);
    const tooLong = await app.inject(`${BALANCES}?from=2025-01-01&to=2026-02-05`);
    expect([tooLong.statusCode, tooLong.json().code]).toEqual([400, 'range-invalid']);
  });
});

describe('entity tags', () => {
  test.each(['/2026-03-01', '/2026-03-02', '/latest', '?from=2026-03-01&to=2026-03-05'])(
    '%s: the tag that was given is answered with 304 and no body',
    async (path) => {
      const etag = await tagOf(path);
      expect(etag).toMatch(/^"[^"]+"$/);
      for (const given of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
        const answer = await app.inject({ url: BALANCES + path, headers: { 'if-none-match': given } });
        expect([answer.statusCode, answer.body, answer.headers['etag']]).toEqual([304, '', etag]);
        expect(answer.headers).toHaveProperty('x-fluxo-revision');
      }
      const other = await app.inject({ url: BALANCES + path, headers: { 'if-none-match': '"other"' } });
      expect(other.statusCode).toBe(200);
    },
  );

  test.each(['/2026-03-01', '/2026-03-02', '/latest', '?from=2026-03-01&to=2026-03-05'])(
    '%s: closing the day changes the tag, though no document was written',
    async (path) => {
      const before = await tagOf(path);
      memory.applyMerchant(aMerchant({ revision: 6, closedThrough: dayOf('2026-03-04') }));
      expect(await tagOf(path)).not.toBe(before);
    },
  );

  test('a filled day that gets a document, and one whose calendar changes, get other tags', async () => {
    const [filled, later] = [await tagOf('/2026-03-02'), await tagOf('/2026-03-09')];
    put({ businessDate: dayOf('2026-03-02'), revision: 6 });
    memory.applyMerchant(
      aMerchant({
        revision: 7,
        calendar: [{ effectiveFrom: dayOf('2026-01-01'), zone: 'UTC', cutoffMinutes: 0 }],
      }),
    );
    expect(await tagOf('/2026-03-02')).not.toBe(filled);
    expect(await tagOf('/2026-03-09')).not.toBe(later);
  });

  test('a document of a new revision gets a new body and a new tag at once', async () => {
    const before = await tagOf('/2026-03-01');
    put({ businessDate: dayOf('2026-03-01'), revision: 9, cutoffMinutes: 300 });
    const answer = await app.inject(`${BALANCES}/2026-03-01`);
    expect(answer.json()).toMatchObject({ revision: 9, cutoffMinutes: 300 });
    expect(answer.headers['etag']).not.toBe(before);
  });
});

describe('a merchant', () => {
  test('is what is in force for it', async () => {
    memory.applyMerchant(aMerchant({ revision: 6, closedThrough: dayOf('2026-03-03') }));
    const answer = await app.inject('/v1/merchants/m-1');
    expect(answer.json()).toEqual({
      merchantId: 'm-1',
      name: 'Padaria São João',
      calendar: [
        { effectiveFrom: '2026-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 240 },
        { effectiveFrom: '2026-04-01', zone: 'America/Manaus', cutoffMinutes: 0 },
      ],
      lateEntries: 'BOOK_TODAY',
      backdateLimitDays: 30,
      accounts: [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
      closedThrough: '2026-03-03',
      revision: 6,
      chainHead: 'cd'.repeat(32),
      recordedAt: '2026-01-01T12:00:00.000Z',
    });
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body)));
  });
});

describe('minRevision', () => {
  test('what has arrived is answered at once', async () => {
    const answer = await app.inject(`${BALANCES}/2026-03-01?minRevision=5`);
    expect(answer.headers).toMatchObject({ 'x-fluxo-fresh': 'true', 'x-fluxo-revision': '2' });
  });

  test('an answer waits for the revision and is sent when it arrives', async () => {
    const answer = app.inject(`${BALANCES}/2026-03-04?minRevision=6`);
    setTimeout(() => put({ businessDate: dayOf('2026-03-04'), revision: 6 }), 50);
    expect((await answer).headers).toMatchObject({ 'x-fluxo-fresh': 'true', 'x-fluxo-revision': '6' });
  });

  test('a merchant created a moment ago is waited for', async () => {
    const answer = app.inject('/v1/merchants/m-2?minRevision=1');
    setTimeout(() => memory.applyMerchant(aMerchant({ merchantId: 'm-2' })), 50);
    expect((await answer).statusCode).toBe(200);
  });

  test('after two seconds the answer is what there is, and says that it is not fresh', async () => {
    const startedMs = performance.now();
    const answer = await app.inject(`${BALANCES}/2026-03-04?minRevision=6`);
    expect(performance.now() - startedMs).toBeGreaterThan(1_900);
    expect(answer.headers).toMatchObject({ 'x-fluxo-fresh': 'false', 'x-fluxo-revision': '5' });
    expect(answer.json()).toMatchObject({ revision: 5 });
  });
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
    const broken = openMemory();
    broken.isLoaded = true;
    broken.applyMerchant(aMerchant());
    broken.applyBalance(aBalance(), Buffer.from('not avro'));
    memory = broken;
    const answer = await (await openApp(null)).inject(`${BALANCES}/2026-03-01`);
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

describe('the view behind', () => {
  const merchant = '/v1/merchants/m-2';

  test('answers for a merchant that memory does not know yet', async () => {
    const value = aMerchant({ merchantId: 'm-2' });
    app = await openApp(behind({ merchant: async () => ({ kind: 'known', head: 1, value }) }));
    const answer = await app.inject(merchant);
    expect([answer.statusCode, answer.headers['x-fluxo-tier']]).toEqual([200, 'redis']);
  });

  test('is not asked for what memory knows', async () => {
    app = await openApp(behind({ merchant: () => Promise.reject(new Error('asked')) }));
    expect((await app.inject('/v1/merchants/m-1')).headers['x-fluxo-tier']).toBe('memory');
  });

  test('404 when both know nothing of it', async () => {
    app = await openApp(behind({}));
    expect((await app.inject(merchant)).statusCode).toBe(404);
  });

  test('503 with Retry-After when it cannot be reached: never a guess', async () => {
    app = await openApp(behind({ merchant: () => Promise.reject(new ViewUnavailableError('down')) }));
    const answer = await app.inject(merchant);
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'view-unavailable',
      '1',
    ]);
  });

  test('503 while memory is loading and nothing complete is behind it', async () => {
    memory.isLoaded = false;
    const alone = await openApp(null);
    const building = await openApp(behind({ days: async () => ({ kind: 'incomplete' }) }));
    for (const each of [alone, building]) {
      const answer = await each.inject(`${BALANCES}/2026-03-01`);
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
      'fluxo_query_requests_total{route="/v1/merchants/:merchantId/balances/:businessDate",status="200",tier="memory"} 1',
    );
    expect(text).toContain(
      'fluxo_query_requests_total{route="/v1/merchants/:merchantId",status="404",tier="none"} 1',
    );
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
    ]);
    const answer = document.paths['/v1/merchants/{merchantId}/balances/latest'].get.responses;
    expect(answer['200'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Balance',
    });
    expect(Object.keys(document.components.schemas)).toContain('AccountBalance');
  });

  test('the documentation page is served from here, under a policy that allows nothing from elsewhere', async () => {
    const page = await app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect((await app.inject('/docs/static/swagger-ui-bundle.js')).statusCode).toBe(200);
  });
});
