/** What the routes answer when they answer: bodies and headers, whole. */

import { type BalanceBody, balanceRangeSchema, balanceSchema, merchantSchema } from '@fluxo/schemas';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { BALANCES, openApi } from '../api-fixture.ts';
import type { MemoryView } from '../views/memory/memory-view.ts';
import { aMerchant, dayOf } from '../views/view-fixtures.ts';

let app: FastifyInstance;
let memory: MemoryView;

beforeEach(async () => {
  ({ app, memory } = await openApi());
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

test('bodies have exactly the fields that their schemas name', async () => {
  const fieldsOf = async (path: string): Promise<readonly string[]> =>
    Object.keys((await app.inject(path)).json());
  expect(await fieldsOf(`${BALANCES}/2026-03-01`)).toEqual(balanceSchema.required);
  expect(await fieldsOf(`${BALANCES}/2026-03-02`)).toEqual(balanceSchema.required);
  expect(await fieldsOf(`${BALANCES}?from=2026-03-01&to=2026-03-01`)).toEqual(balanceRangeSchema.required);
  expect(await fieldsOf('/v1/merchants/m-1')).toEqual(merchantSchema.required);
});
