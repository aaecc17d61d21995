import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BalanceBody } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { runCli } from '../run-cli.ts';
import { balanceText } from './balance.ts';

const balance: BalanceBody = {
  merchantId: 'm-1',
  businessDate: '2026-11-23',
  status: 'OPEN',
  materialized: true,
  zone: 'America/Sao_Paulo',
  cutoffMinutes: 150,
  dayStart: '2026-11-23T05:30:00.000Z',
  revision: 42,
  chainHead: '0123456789abcdef'.repeat(4),
  recordedAt: '2026-11-23T12:00:00.000Z',
  accounts: [
    {
      accountId: 'drawer-1',
      currency: 'BRL',
      openingMinor: -5,
      creditsMinor: Number.MAX_SAFE_INTEGER,
      debitsMinor: 0,
      closingMinor: 9_007_199_254_740_986,
      creditCount: 2,
      debitCount: 0,
    },
  ],
  totals: [],
  byKind: [{ currency: 'BRL', kind: 'SALE', creditsMinor: 1_999, debitsMinor: 0, count: 2 }],
  byMethod: [{ currency: 'JPY', paymentMethod: 'CASH', creditsMinor: 0, debitsMinor: 1_500, count: 1 }],
};

describe('a balance for people', () => {
  test('shows every figure to the cent, in the digits of its currency, and what it is a picture of', () => {
    expect(balanceText(balance).join('\n')).toBe(
      [
        'm-1 on 2026-11-23: OPEN',
        'The day starts at 02:30 in America/Sao_Paulo (2026-11-23T05:30:00.000Z).',
        'Revision 42, recorded 2026-11-23T12:00:00.000Z, chain head 0123456789abcdef…',
        '',
        'account       opening                credits  debits                closing  entries',
        'drawer-1 BRL    -0.05  90,071,992,547,409.91    0.00  90,071,992,547,409.86        2',
        '',
        'by kind   credits  debits  entries',
        'SALE BRL    19.99    0.00        2',
        '',
        'by method  credits  debits  entries',
        'CASH JPY         0   1,500        1',
      ].join('\n'),
    );
  });

  test('does not let a day without movements look like a day of zeros', () => {
    const empty = {
      ...balance,
      materialized: false,
      revision: 0,
      recordedAt: null,
      dayStart: null,
      accounts: [],
    };
    expect(balanceText({ ...empty, byKind: [], byMethod: [] })).toEqual([
      'm-1 on 2026-11-23: OPEN, nothing booked on this day',
      'The day starts at 02:30 in America/Sao_Paulo.',
      'Nothing has been booked up to this day (revision 0).',
    ]);
  });
});

describe('fluxo balance', () => {
  let server: Server;
  let env: Record<string, string>;
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const isKnown = request.url?.startsWith('/v1/merchants/m-1/') === true;
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isKnown ? balance : { code: 'merchant-unknown', detail: 'There is no merchant x.' }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    env = { FLUXO_QUERY_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('asks for the day named, or else for the latest, and prints the document for programs', async () => {
    const terminal = captureTerminal({ env });
    expect(await runCli(['balance', 'm-1', '2026-11-23', '--json'], terminal)).toBe(0);
    expect(JSON.parse(terminal.output())).toEqual(balance);
    expect(await runCli(['balance', 'm-1'], captureTerminal({ env }))).toBe(0);
    expect(asked).toEqual(['/v1/merchants/m-1/balances/2026-11-23', '/v1/merchants/m-1/balances/latest']);
  });

  test('says what the API says when there is no such merchant', async () => {
    const terminal = captureTerminal({ env });
    expect(await runCli(['balance', 'x'], terminal)).toBe(1);
    expect(terminal.output()).toBe('');
    expect(terminal.errors()).toContain('There is no merchant x. (merchant-unknown');
  });

  test.each([
    [['balance'], 'missing required argument'],
    [['balance', 'm 1'], 'A merchant id has'],
    [['balance', 'm-1', '2026-02-30'], 'YYYY-MM-DD'],
    [['balance', 'm-1', 'today', '--json'], 'YYYY-MM-DD'],
  ])('%p is refused before anything is asked', async (args, problem) => {
    const before = asked.length;
    const terminal = captureTerminal({ env });
    expect(await runCli(args, terminal)).toBe(2);
    expect(terminal.errors()).toContain(problem);
    expect(asked).toHaveLength(before);
  });

  test('says how to get an API where none answers', async () => {
    const terminal = captureTerminal({ env: { FLUXO_QUERY_API: 'http://127.0.0.1:1' } });
    expect(await runCli(['balance', 'm-1'], terminal)).toBe(1);
    expect(terminal.errors()).toContain('Start a stack with `npm start`');
  });
});
