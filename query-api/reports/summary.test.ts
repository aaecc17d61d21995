/** Summaries over HTTP: groups of the documents' own figures, days between carried over, and sums that are exact or refused. */
import type { DailyBalance, SummariesBody, SummaryBody, SummaryRowBody } from '@fluxo/schemas';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type ApiFixture, openApi } from '../api-fixture.ts';
import { aMerchant, dayOf } from '../views/view-fixtures.ts';

let api: ApiFixture;

type Line = readonly [
  opening: number,
  credits: number,
  debits: number,
  creditCount: number,
  debitCount: number,
];

/** A document with an account of its own per currency, sales and refunds in cash. */
function document(
  date: string,
  revision: number,
  lines: Readonly<Record<string, Line>>,
): Partial<DailyBalance> {
  const amounts = Object.entries(lines).map(
    ([currency, [openingMinor, creditsMinor, debitsMinor, ...counts]]) => ({
      currency,
      openingMinor,
      creditsMinor,
      debitsMinor,
      closingMinor: openingMinor + creditsMinor - debitsMinor,
      creditCount: counts[0],
      debitCount: counts[1],
    }),
  );
  const shares = amounts.filter(({ creditCount, debitCount }) => creditCount + debitCount > 0);
  return {
    businessDate: dayOf(date),
    revision,
    accounts: amounts.map((line) => ({ accountId: `drawer-${line.currency}`, ...line })),
    totals: amounts,
    byKind: shares.flatMap(({ currency, creditsMinor, debitsMinor, creditCount, debitCount }) => [
      { currency, kind: 'REFUND', creditsMinor: 0, debitsMinor, count: debitCount },
      { currency, kind: 'SALE', creditsMinor, debitsMinor: 0, count: creditCount },
    ]),
    byMethod: shares.map(({ currency, creditsMinor, debitsMinor, creditCount, debitCount }) => ({
      currency,
      paymentMethod: 'CASH',
      creditsMinor,
      debitsMinor,
      count: creditCount + debitCount,
    })),
  };
}

beforeEach(async () => {
  api = await openApi();
  // 2026-03-01 is a Sunday. The documents of the fixture are replaced.
  api.put(document('2026-03-01', 10, { BRL: [0, 100, 30, 2, 1] }));
  api.put(document('2026-03-04', 11, { BRL: [70, 50, 0, 1, 0] }));
  api.put(document('2026-04-01', 12, { BRL: [120, 5, 25, 1, 3], USD: [0, 7, 0, 1, 0] }));
});

type Row = [string, string, number | null, number, number, number | null, number];

function flat(rows: readonly SummaryRowBody[]): Row[] {
  return rows.map((row) => [
    row.key,
    row.currency,
    row.openingMinor,
    row.creditsMinor,
    row.debitsMinor,
    row.closingMinor,
    row.count,
  ]);
}

async function rowsOf(from: string, to: string, groupBy: string): Promise<Row[]> {
  const answer = await api.app.inject(`/v1/merchants/m-1/summary?from=${from}&to=${to}&groupBy=${groupBy}`);
  expect(answer.statusCode).toBe(200);
  const { rows, ...rest } = answer.json<SummaryBody>();
  expect(rest).toEqual({ merchantId: 'm-1', from, to, groupBy });
  return flat(rows);
}

describe('a summary', () => {
  test.each<[string, string, string, Row[]]>([
    [
      '2026-02-28',
      '2026-03-04',
      'day',
      [
        ['2026-03-01', 'BRL', 0, 100, 30, 70, 3],
        ['2026-03-02', 'BRL', 70, 0, 0, 70, 0],
        ['2026-03-03', 'BRL', 70, 0, 0, 70, 0],
        ['2026-03-04', 'BRL', 70, 50, 0, 120, 1],
      ],
    ],
    [
      '2026-02-27',
      '2026-03-10',
      'week',
      [
        ['2026-02-23', 'BRL', 0, 100, 30, 70, 3],
        ['2026-03-02', 'BRL', 70, 50, 0, 120, 1],
        ['2026-03-09', 'BRL', 120, 0, 0, 120, 0],
      ],
    ],
    [
      '2026-03-02',
      '2026-04-30',
      'month',
      [
        ['2026-03', 'BRL', 70, 50, 0, 120, 1],
        ['2026-04', 'BRL', 120, 5, 25, 100, 4],
        ['2026-04', 'USD', 0, 7, 0, 7, 1],
      ],
    ],
    [
      '2026-03-02',
      '2026-04-01',
      'account',
      [
        ['drawer-BRL', 'BRL', 70, 55, 25, 100, 5],
        ['drawer-USD', 'USD', 0, 7, 0, 7, 1],
      ],
    ],
    [
      '2026-03-01',
      '2026-04-01',
      'kind',
      [
        ['REFUND', 'BRL', null, 0, 55, null, 4],
        ['REFUND', 'USD', null, 0, 0, null, 0],
        ['SALE', 'BRL', null, 155, 0, null, 4],
        ['SALE', 'USD', null, 7, 0, null, 1],
      ],
    ],
    [
      '2026-03-01',
      '2026-04-01',
      'paymentMethod',
      [
        ['CASH', 'BRL', null, 155, 55, null, 8],
        ['CASH', 'USD', null, 7, 0, null, 1],
      ],
    ],
    ['2026-02-01', '2026-02-28', 'month', []],
  ])('from %s to %s by %s', async (from, to, groupBy, rows) => {
    expect(await rowsOf(from, to, groupBy)).toEqual(rows);
  });

  test('says the greatest revision in it, where that came from, and may be asked for one', async () => {
    const url = '/v1/merchants/m-1/summary?from=2026-03-01&to=2026-03-31&groupBy=month&minRevision=11';
    const { headers } = await api.app.inject(url);
    expect(headers).toMatchObject({
      'x-fluxo-revision': '11',
      'x-fluxo-tier': 'memory',
      'x-fluxo-fresh': 'true',
    });
  });

  const half = 5_000_000_000_000_000;
  test.each<[string, Line]>([
    ['credits', [-half, half, 0, 1, 0]],
    ['debits', [half, 0, half, 0, 1]],
  ])('whose %s no program could hold exactly is refused, and nothing is rounded', async (_name, line) => {
    api.put(document('2026-05-01', 13, { BRL: line }));
    api.put(document('2026-05-02', 14, { BRL: line }));
    const [opening, credits, debits, ...counts] = line;
    expect(await rowsOf('2026-05-01', '2026-05-01', 'month')).toEqual([
      ['2026-05', 'BRL', opening, credits, debits, 0, counts[0] + counts[1]],
    ]);
    const answer = await api.app.inject(
      '/v1/merchants/m-1/summary?from=2026-05-01&to=2026-05-02&groupBy=month',
    );
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'sum-out-of-range']);
  });
});

describe('summaries of several merchants', () => {
  const question = { merchants: ['m-2', 'm-1'], from: '2026-03-01', to: '2026-03-31', groupBy: 'month' };
  const ask = (payload: unknown, headers: Record<string, string> = {}) =>
    api.app.inject({
      method: 'POST',
      url: '/v1/summaries',
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });

  test('are those of each, in the order asked for, with their revisions', async () => {
    api.memory.applyMerchant(aMerchant({ merchantId: 'm-2' }));
    const answer = await ask(question);
    expect(answer.statusCode).toBe(200);
    const { summaries } = answer.json<SummariesBody>();
    expect(summaries.map(({ merchantId, revision, rows }) => [merchantId, revision, flat(rows)])).toEqual([
      ['m-2', 0, []],
      ['m-1', 11, [['2026-03', 'BRL', 0, 150, 30, 120, 4]]],
    ]);
  });

  test('are 404 if one of them is not known', async () => {
    const answer = await ask(question);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'merchant-unknown']);
    expect(answer.json().detail).toContain('m-2');
  });

  test.each<[string, unknown, number, string, string | undefined]>([
    ['no merchants', { ...question, merchants: [] }, 400, 'body-invalid', '/merchants'],
    [
      '51 merchants',
      { ...question, merchants: Array.from({ length: 51 }, (_, n) => `m-${n}`) },
      400,
      'body-invalid',
      '/merchants',
    ],
    ['one twice', { ...question, merchants: ['m-1', 'm-1'] }, 400, 'body-invalid', '/merchants'],
    ['no id', { ...question, merchants: ['m-1', 'a/b'] }, 400, 'body-invalid', '/merchants/1'],
    ['no text', { ...question, merchants: [1] }, 400, 'body-invalid', '/merchants/0'],
    ['another group', { ...question, groupBy: 'year' }, 400, 'body-invalid', '/groupBy'],
    ['something else', { ...question, verbose: true }, 400, 'body-invalid', '/verbose'],
    ['no range', { merchants: ['m-1'], groupBy: 'day', from: '2026-03-01' }, 400, 'body-invalid', '/to'],
    ['no date', { ...question, to: '2026-02-30' }, 400, 'body-invalid', '/to'],
    ['no range of dates', { ...question, to: '2026-02-27' }, 400, 'range-invalid', '/to'],
    ['401 days', { ...question, to: '2027-04-05' }, 400, 'range-invalid', '/to'],
    ['a key twice', '{"from":"2026-03-01","from":"2026-03-01"}', 400, 'body-invalid', '/from'],
    ['no JSON', '{', 400, 'body-invalid', ''],
    ['nothing', '', 400, 'body-invalid', ''],
    ['too much', JSON.stringify({ ...question, from: 'x'.repeat(20_000) }), 413, 'body-too-large', undefined],
  ])('with %s are refused', async (_name, payload, status, code, pointer) => {
    const answer = await ask(payload);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(answer.json().errors?.[0]?.pointer).toBe(pointer);
  });

  test('as anything but JSON, or read with GET, are refused', async () => {
    expect((await ask(question, { 'content-type': 'text/plain' })).json().code).toBe('content-type-unknown');
    const answer = await api.app.inject('/v1/summaries');
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});
