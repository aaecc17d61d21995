/**
 * The operator's day on a whole stack of real servers and processes: a file of sales is imported, waited for and looked at; imported
 * again it adds nothing; tills play; the chain verifies; and when the query API is gone, waiting says so.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BalanceBody } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fluxo } from '../../testing/fluxo-command.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';

const STEP_MS = 120_000;
jest.setTimeout(STEP_MS);
const ZONE = 'America/Sao_Paulo';
const LAST_DAY = '2026-03-09';

let stack: TestStack;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxo-cli-'));
  stack = await startStack({ only: decidingServices });
});
afterAll(async () => {
  await stack.destroy();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => fluxo(args, stack.env);

/** Amounts that a sum of floats gets wrong. */
const sales = Array.from({ length: 200 }, (_, index) => ({
  date: index % 2 === 0 ? LAST_DAY : '2026-03-08',
  amount: ['0.10', '0.20', '1.15', '1000000.01'][index % 4] as string,
}));

function centsOn(date: string): bigint {
  return sales
    .filter((sale) => sale.date === date)
    .reduce((sum, { amount }) => sum + BigInt(amount.replace('.', '')), 0n);
}

const mapping = {
  merchantId: 'cli-shop',
  configuration: {
    name: 'Loja',
    zone: ZONE,
    effectiveFrom: '2020-01-01',
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [{ accountId: 'main', name: 'Main', type: 'DRAWER', currency: 'BRL' }],
  },
  accountId: 'main',
  currency: 'BRL',
  amount: { column: 'amount' },
  occurredAt: { column: 'date', zone: ZONE },
  dateShift: 'last-row-becomes-yesterday',
};

async function latestBalance(): Promise<BalanceBody> {
  await run('wait', '--timeout', '60');
  return JSON.parse(await run('balance', 'cli-shop', '--json')) as BalanceBody;
}

describe('fluxo on a whole stack', () => {
  test('imports a file to the cent, and importing it again changes nothing', async () => {
    const [file, map] = [join(folder, 'sales.csv'), join(folder, 'mapping.json')];
    await writeFile(
      file,
      ['date,amount', ...sales.map(({ date, amount }) => `${date},${amount}`)].join('\n'),
    );
    await writeFile(map, JSON.stringify(mapping));
    expect(JSON.parse(await run('import', file, '--map', map, '--json'))).toMatchObject({
      rows: 200,
      submitted: 201,
      isRepeat: false,
    });
    const balance = await latestBalance();
    const [total] = balance.totals;
    expect(total).toMatchObject({ currency: 'BRL', creditCount: 100, debitCount: 0 });
    expect(BigInt(total?.creditsMinor ?? 0)).toBe(centsOn(LAST_DAY));
    expect(BigInt(total?.closingMinor ?? 0)).toBe(centsOn(LAST_DAY) + centsOn('2026-03-08'));

    expect(JSON.parse(await run('import', file, '--map', map, '--json'))).toMatchObject({ isRepeat: true });
    expect(await latestBalance()).toEqual(balance);
  });

  test('plays tills for a while; what they sold is there, and every chain verifies', async () => {
    expect(await run('simulate', '--merchants', '5', '--rate', '200', '--for', '2')).toMatch(
      /^\d+ submissions acknowledged\.\n$/,
    );
    await run('wait', '--timeout', '60');
    const verdict = JSON.parse(await run('verify-chain', '--json')) as {
      merchants: number;
      records: number;
    };
    expect(verdict).toMatchObject({ merchants: 6, broken: 0, breaks: [] });
    expect(verdict.records).toBeGreaterThan(300);
    expect(await run('verify-chain', 'cli-shop')).toMatch(/^201 ledger records of 1 merchant/);
    expect(await run('balance', 'sim-0001')).toMatch(/^sim-0001 on \d{4}-\d{2}-\d{2}: OPEN/);
  });

  test('topics shows every lag go to nothing', async () => {
    let lags = [Number.NaN];
    while (lags.some((lag) => lag !== 0)) {
      const reports = JSON.parse(await run('topics', '--json')) as { groups: { lag: number }[] }[];
      lags = reports.flatMap(({ groups }) => groups.map(({ lag }) => lag));
    }
    expect(lags).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('waiting for a query API that is gone fails when time is up, and says so', async () => {
    await stack.stop('query-api');
    await expect(run('wait', '--timeout', '1')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/the query API still lags(?:.|\n)*No query API answers at/),
    });
    await stack.start('query-api');
    await run('wait', '--timeout', '60');
  });
});
