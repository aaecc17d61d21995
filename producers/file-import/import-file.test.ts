import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDate, type Submission } from '@fluxo/domain';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ImportOptions, type ImportResult, importFile, type WrongRow } from './import-file.ts';
import { parseMapping } from './mapping.ts';

/** 24 November 2026, noon in New York. */
const NOW_MS = Date.UTC(2026, 10, 24, 17);
const DAY_MS = 86_400_000;

const MAPPING = {
  merchantId: 'loja-1',
  configuration: {
    name: 'Loja 1',
    zone: 'America/New_York',
    accounts: [{ accountId: 'sales', name: 'Sales', currency: 'USD' }],
  },
  accountId: 'sales',
  currency: 'USD',
  amount: { column: 'dollars' },
  occurredAt: { column: 'date', zone: 'America/New_York' },
  dateShift: 'last-row-becomes-yesterday',
  externalId: { column: 'customer' },
};

let home: string;
let sent: Submission[];
let wrong: WrongRow[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fluxo-import-'));
  sent = [];
  wrong = [];
});

afterEach(() => rm(home, { recursive: true }));

async function importText(
  text: string | Buffer,
  change: object = {},
  options: Partial<ImportOptions> = {},
): Promise<ImportResult> {
  const file = join(home, 'sales.csv');
  await writeFile(file, text);
  return importFile({
    file,
    mapping: parseMapping(JSON.stringify({ ...MAPPING, ...change })),
    home,
    send: async (submissions) => {
      sent.push(...submissions);
    },
    wrongRows: 'stop',
    onWrongRow: (row) => wrong.push(row),
    nowMs: NOW_MS,
    ...options,
  });
}

const entries = () => sent.flatMap((each) => (each.type === 'EntrySubmitted' ? [each.value] : []));
const noBroker = async () => {
  throw new Error('no broker');
};
const CSV = 'customer,date,dollars\n0004,1997-01-01,29.33\n0005,1997-06-29,0.00\n0004,1998-06-30,1234.5\n';

describe('a file of sales', () => {
  test('becomes a configuration and one sale a row, dates moved so that the last one is yesterday', async () => {
    const result = await importText(CSV);
    expect(result).toMatchObject({ rows: 3, submitted: 4, wrong: 0, isRepeat: false, submittedAt: NOW_MS });
    expect(sent[0]).toMatchObject({
      type: 'MerchantConfigured',
      value: {
        merchantId: 'loja-1',
        zone: 'America/New_York',
        backdateLimitDays: 400,
        lateEntries: 'BOOK_TODAY',
      },
    });
    expect(entries().map(({ amountMinor, externalId }) => [amountMinor, externalId])).toEqual([
      [2_933, '0004'],
      [0, '0005'],
      [123_450, '0004'],
    ]);
    // Noon of 23 November 2026 in New York, and the other days as far before it as in the file (summer time: 16:00 UTC).
    const last = Date.UTC(2026, 10, 23, 17);
    const hour = 3_600_000;
    expect(entries().map(({ occurredAt }) => (last - occurredAt) / hour)).toEqual([
      545 * 24 + 1,
      366 * 24,
      0,
    ]);
  });

  test('of an evening and the night after it keeps every sale on its own day', async () => {
    await importText('customer,date,dollars\n1,2026-11-26 20:00,1\n2,2026-11-27 02:56,1\n', {
      occurredAt: { column: 'date', format: 'YYYY-MM-DD HH:mm', zone: 'UTC' },
      dateShift: 'none',
    });
    expect(entries().map(({ occurredAt }) => new Date(occurredAt).toISOString())).toEqual([
      '2026-11-26T20:00:00.000Z',
      '2026-11-27T02:56:00.000Z',
    ]);
  });

  test('imported again, a month later, is the same submissions in every byte', async () => {
    await importText(CSV);
    const first = structuredClone(sent);
    sent = [];
    const result = await importText(CSV, {}, { nowMs: NOW_MS + 30 * DAY_MS });
    expect(result).toMatchObject({ isRepeat: true, submittedAt: NOW_MS });
    expect(sent).toEqual(first);
  });

  test('that was interrupted is imported whole by doing it again', async () => {
    await expect(importText(CSV, {}, { send: noBroker })).rejects.toThrow('no broker');
    const result = await importText(CSV, {}, { nowMs: NOW_MS + 1 });
    expect(result).toMatchObject({ isRepeat: true, submittedAt: NOW_MS, submitted: 4 });
  });

  test('is remembered before anything is sent', async () => {
    const remembered: string[] = [];
    await importText(
      CSV,
      {},
      { send: async () => void remembered.push(...(await readdir(join(home, 'imports')))) },
    );
    expect(remembered.toSorted()).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}\.json$/),
      expect.stringMatching(/^configuration-[0-9a-f-]{36}\.json$/),
    ]);
  });

  test.each(['stop', 'skip'] as const)('that grows meanwhile is not imported: %s', async (wrongRows) => {
    const onProgress: ImportOptions['onProgress'] = ({ phase }) => {
      if (phase === 'reading') appendFileSync(join(home, 'sales.csv'), '0006,1998-06-30,1.00\n');
    };
    await expect(importText(CSV, {}, { wrongRows, onProgress })).rejects.toMatchObject({
      code: 'import-conflict',
      message: expect.stringContaining('being written'),
    });
    expect(sent).toEqual([]);
    expect(await readdir(home)).toEqual(['sales.csv']);
  });

  test('is not imported with another mapping than the first time', async () => {
    await importText(CSV);
    await expect(importText(CSV, { paymentMethod: 'CASH' })).rejects.toMatchObject({
      code: 'import-conflict',
      message: expect.stringMatching(/2026-11-24T17:00:00.000Z with another mapping/),
    });
  });

  test('other files have other ids, and the same configuration the same one', async () => {
    await importText(CSV);
    await importText(`${CSV}0006,1998-06-30,1.00\n`);
    const configurations = sent.flatMap((each) =>
      each.type === 'MerchantConfigured' ? [each.value.configId] : [],
    );
    expect(new Set(configurations).size).toBe(1);
    expect(new Set(entries().map(({ entryId }) => entryId)).size).toBe(7);
  });

  test('of the next quarter does not configure the merchant again: its configuration is that of the first time, and stale', async () => {
    await importText(CSV);
    const [first] = sent;
    sent = [];
    const result = await importText(`${CSV}0006,1998-06-30,1.00\n`, {}, { nowMs: NOW_MS + 90 * DAY_MS });
    expect(result).toMatchObject({ isRepeat: false, submittedAt: NOW_MS + 90 * DAY_MS });
    expect(sent[0]).toEqual(first);
    expect(entries()[0]).toMatchObject({ submittedAt: NOW_MS + 90 * DAY_MS });
  });

  test('of 20,000 rows goes out in batches, in order, with progress', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `${n},1998-06-30,1.00`);
    const [batches, progress] = [[] as number[], [] as string[]];
    await importText(
      `customer,date,dollars\n${rows.join('\n')}`,
      {},
      {
        send: async (batch) => {
          batches.push(batch.length);
          sent.push(...batch);
        },
        onProgress: ({ phase, bytesDone, bytesTotal }) => progress.push(`${phase} ${bytesDone / bytesTotal}`),
      },
    );
    expect(Math.max(...batches)).toBe(2_000);
    expect(entries().map(({ externalId }) => externalId)).toEqual(rows.map((_, n) => String(n)));
    expect(progress).toEqual(expect.arrayContaining(['reading 1', 'checking 1', 'sending 1']));
  });
});

describe('rows that are wrong', () => {
  const BAD = `${CSV}0004,1998-02-30,1.00\n0004,1998-06-30,1.005\n0004,1998-06-30\n0004,1998-06-30,-2.00\n"a\nb",1998-06-30,x\n`;
  const reasons = [
    { line: 5, reason: 'column date: "1998-02-30" is no date in the mapping\'s format' },
    { line: 6, reason: 'column dollars: "1.005" is no amount of USD with at most 2 decimals' },
    { line: 7, reason: '2 cells where the header has 3' },
    { line: 8, reason: expect.stringMatching(/-2.00 is negative/) },
    { line: 10, reason: 'column dollars: "x" is no amount of USD with at most 2 decimals' },
  ];

  test('stop the import before anything is sent, with line numbers', async () => {
    await expect(importText(BAD)).rejects.toMatchObject({
      code: 'invalid-row',
      message: expect.stringMatching(
        /^5 rows .*\nline 5: column date.*\nline 6:.*\nline 7:.*\nline 8:.*\nline 10:/,
      ),
    });
    expect(sent).toEqual([]);
    expect(await readdir(home)).toEqual(['sales.csv']);
  });

  test('stop it also when only the form of an entry is wrong, far behind in the file', async () => {
    const rows = Array.from({ length: 2_501 }, (_, n) => `${n},1998-06-30,1.00,SALE`);
    rows[2_100] = `${'x'.repeat(513)},1998-06-30,1.00,SALE`;
    rows[2_300] = '2300,1970-06-30,1.00,SALE';
    rows[2_500] = '2500,1998-06-30,1.00,VENDA';
    const text = `customer,date,dollars,kind\n${rows.join('\n')}\n`;
    await expect(importText(text, { kind: { column: 'kind' } })).rejects.toMatchObject({
      code: 'invalid-row',
      message: expect.stringMatching(
        /^3 rows .*\nline 2102: .*externalId.*\nline 2302: .*occurredAt.*\nline 2502: .*kind/,
      ),
    });
    expect(sent).toEqual([]);
    expect(await readdir(home)).toEqual(['sales.csv']);
  });

  test('a configuration that makes no sense stops it before it is remembered, so that it can be corrected', async () => {
    const configuration = { ...MAPPING.configuration, name: 'x'.repeat(129) };
    await expect(importText(CSV, { configuration })).rejects.toMatchObject({ code: 'invalid-mapping' });
    expect(sent).toEqual([]);
    expect(await importText(CSV)).toMatchObject({ submitted: 4, isRepeat: false });
  });

  test('or are told and passed over', async () => {
    const result = await importText(BAD, {}, { wrongRows: 'skip' });
    expect(result).toMatchObject({ rows: 8, submitted: 4, wrong: 5 });
    expect(wrong).toEqual(reasons);
  });

  test('that are passed over move no date: the last row that counts becomes yesterday', async () => {
    const text =
      'customer,date,dollars,kind\n1,1998-06-30,1.00,SALE\n2,2098-07-01,1.00,VENDA\n3,1998-06-29,1.00,SALE\n';
    await importText(text, { kind: { column: 'kind' } }, { wrongRows: 'skip' });
    expect(wrong).toMatchObject([{ line: 3 }]);
    expect(entries().map(({ occurredAt }) => new Date(occurredAt).toISOString())).toEqual([
      '2026-11-23T17:00:00.000Z',
      '2026-11-22T17:00:00.000Z',
    ]);
  });

  test.each([
    ['COP', '150.00', 15_000],
    ['HUF', '150', 15_000],
    ['IDR', '0.01', 1],
    ['IQD', '1.234', 1_234],
    ['JPY', '150', 150],
    ['CLF', '0.0001', 1],
    ['BRL', '150.00', 15_000],
  ])('%s %s is read with the decimals of ISO 4217', async (currency, text, amountMinor) => {
    await importText(`customer,date,dollars\n1,1998-06-30,${text}\n`, { currency });
    expect(entries()).toMatchObject([{ currency, amountMinor }]);
  });

  test('a currency that is no code is refused', async () => {
    await expect(importText(CSV, { currency: 'usd' })).rejects.toThrow(
      /line 2: .*currency is not a currency code/,
    );
  });

  test('a negative amount is a refund if the mapping says so', async () => {
    await importText('customer,date,dollars\n1,1998-06-30,-2.00\n', {
      amount: { column: 'dollars', negative: 'refund' },
    });
    expect(entries()).toMatchObject([{ kind: 'REFUND', direction: 'DEBIT', amountMinor: 200 }]);
  });
});

describe('files that are no such file', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['an empty one', '', /not even a header/],
    [
      'one in another encoding',
      Buffer.from('customer,date,dollars\ncaf\xe9,1998-06-30,1.00\n', 'latin1'),
      /not in the encoding utf-8/,
    ],
    ['one cut in the middle of a quoted cell', 'customer,date,dollars\n"abc', /line 2: Quote Not Closed/],
    ['one without line ends', `customer,date,dollars\n${'x'.repeat(100_000)}`, /line 2: Max Record Size/],
    ['one with two columns of one name', 'date,date\n', /two columns are named "date"/],
  ])('%s', async (_, text, problem) => {
    await expect(importText(text)).rejects.toMatchObject({
      code: 'invalid-row',
      message: expect.stringMatching(problem),
    });
    expect(sent).toEqual([]);
  });

  test('one without a column that the mapping names', async () => {
    await expect(importText('customer,day,dollars\n1,1998-06-30,1\n')).rejects.toMatchObject({
      code: 'invalid-mapping',
      message: 'the file has no column "date"; it has: customer, day, dollars',
    });
  });

  test('windows-1252 with semicolons and decimal commas, once the mapping says so', async () => {
    const text = Buffer.from('customer;date;dollars\ncaf\xe9;30/06/1998 18:30;"1.234,50"\n', 'latin1');
    await importText(text, {
      csv: { delimiter: ';', encoding: 'windows-1252' },
      amount: { column: 'dollars', decimalMark: ',', groupMark: '.' },
      occurredAt: { column: 'date', format: 'DD/MM/YYYY HH:mm', zone: 'America/Sao_Paulo' },
    });
    expect(entries()).toMatchObject([
      { externalId: 'café', amountMinor: 123_450, occurredAt: Date.UTC(2026, 10, 23, 21, 30) },
    ]);
  });
});

const purchases = fileURLToPath(new URL('../../../shared/data/purchases.csv', import.meta.url));
const realSales = existsSync(purchases) ? describe : describe.skip;

realSales('the purchases of a music shop, if they stand beside the checkout', () => {
  const mapping = fileURLToPath(new URL('./mappings/cdnow.json', import.meta.url));

  test('every row arrives, to the cent, the last one yesterday', async () => {
    const result = await importFile({
      file: purchases,
      mapping: parseMapping(await readFile(mapping, 'utf8')),
      home,
      send: async (submissions) => void sent.push(...submissions),
      wrongRows: 'stop',
      nowMs: NOW_MS,
    });
    const amounts = readFileSync(purchases, 'utf8').trim().split('\n').slice(1);
    // The total by another way: the digits of the last cell, without the point.
    const cents = amounts.reduce(
      (sum, line) => sum + BigInt((line.split(',')[3] as string).replace('.', '')),
      0n,
    );
    expect(result).toMatchObject({ rows: amounts.length, submitted: amounts.length + 1, wrong: 0 });
    expect(entries().reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n)).toBe(cents);
    expect(Math.max(...entries().map(({ occurredAt }) => occurredAt))).toBe(Date.UTC(2026, 10, 23, 17));
    expect(result.shiftDays).toBe((parseDate('2026-11-23') ?? 0) - (parseDate('1998-06-30') ?? 0));
  });
});
