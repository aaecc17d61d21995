/**
 * What docs/data-teams.md offers to copy, on real topics: a whole stack decides about entries, late ones among them, and the statements of
 * `streams/sql/flink/` and the consumer in Python must come to what stands in the documents and in the ledger. Needs a stack, and Flink
 * (175 MB of jars) and two Python packages (30 MB), which it fetches; without python3 and pip that part is skipped.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asBusinessDate } from '@fluxo/domain';
import { TillProducer } from '@fluxo/producers';
import { type DailyBalance, type EntryPosted, formatDate } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FlinkSql, type Row } from '../../testing/flink.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';
import { zoneAtNoon } from '../../testing/zone-at-noon.ts';
import { totalsOfDocuments, totalsOfPostings } from './network-totals.ts';
import { hasPython, runPython } from './python-program.ts';

/** The first run downloads, and the machine may be busy. */
jest.setTimeout(15 * 60_000);

const DAY_MS = 86_400_000;
const nowMs = Date.now();
const statements = fileURLToPath(new URL('../../streams/sql/flink', import.meta.url));

let stack: TestStack;
let folder: string;
let till: TillProducer;
let flink: FlinkSql;

beforeAll(async () => {
  stack = await startStack({ only: decidingServices });
  folder = mkdtempSync(join(tmpdir(), 'fluxo-sql-'));
  const { kafka, registry } = stack.addresses;
  const source = { system: 'sql-test' };
  till = await TillProducer.connect({ brokers: [kafka], registry, source, spoolDirectory: folder });
  for (const merchantId of ['one', 'two']) await configure(merchantId);
  flink = await FlinkSql.start();
  await flink.runFiles(statements);
  await readThisStack();
});
afterAll(async () => {
  await flink?.stop();
  await till?.close();
  await stack?.destroy();
  rmSync(folder, { recursive: true, force: true });
});

async function configure(merchantId: string): Promise<void> {
  const account = (accountId: string, currency: string) => ({
    accountId,
    name: accountId,
    type: 'DRAWER' as const,
    currency,
  });
  await till.configure({
    merchantId,
    name: `Loja ${merchantId}`,
    zone: zoneAtNoon(),
    cutoffMinutes: 0,
    effectiveFrom: asBusinessDate(18_262),
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [account('drawer', 'BRL'), account('safe', 'BRL'), account('dollars', 'USD')],
  });
}

type Sale = { readonly merchantId: string; readonly amountMinor: number; readonly daysAgo: number };

function sell({ merchantId, amountMinor, daysAgo }: Sale, currency: 'BRL' | 'USD' = 'BRL') {
  return till.entry({
    merchantId,
    accountId: currency === 'BRL' ? 'drawer' : 'dollars',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'CASH',
    amountMinor,
    currency,
    occurredAt: nowMs - daysAgo * DAY_MS,
  });
}

/** The files name the default stack; as on any other cluster, the options are changed, and what is there now is asked for. */
async function readThisStack(): Promise<void> {
  const { kafka, registry } = stack.addresses;
  for (const table of ['daily_balances', 'merchants', 'ledger'])
    await flink.run(
      `ALTER TABLE ${table} SET ('properties.bootstrap.servers' = '${kafka}', ` +
        `'value.avro-confluent.url' = '${registry}', 'scan.bounded.mode' = 'latest-offset')`,
    );
}

async function decided(): Promise<void> {
  await till.flush();
  await fluxo(['wait'], stack.env);
}

type Dumped<T> = { readonly key: string; readonly type: string; readonly value: T };

async function dumped<T>(topic: string): Promise<readonly Dumped<T>[]> {
  const lines = (await fluxo(['dump', topic], stack.env)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Dumped<T>);
}

const latestDocuments = async (): Promise<readonly DailyBalance[]> => {
  const records = await dumped<DailyBalance>('daily-balances');
  return [...new Map(records.map(({ key, value }) => [key, value])).values()];
};

const postings = async (): Promise<readonly EntryPosted[]> =>
  (await dumped<EntryPosted>('ledger'))
    .filter(({ type }) => type === 'EntryPosted')
    .map(({ value }) => value);

const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).toSorted();

describe('Flink SQL over the topics', () => {
  test('network totals are those of the documents, and of the ledger, also when documents were replaced', async () => {
    await sell({ merchantId: 'one', amountMinor: 500, daysAgo: 1 });
    await sell({ merchantId: 'one', amountMinor: 1_000, daysAgo: 0 });
    await sell({ merchantId: 'one', amountMinor: 250, daysAgo: 0 }, 'USD');
    await sell({ merchantId: 'two', amountMinor: 40, daysAgo: 0 });
    const { id } = await sell({ merchantId: 'two', amountMinor: 60, daysAgo: 0 });
    await decided();
    const before = await latestDocuments();
    await till.reversal({ merchantId: 'two', reversesEntryId: id, reason: 'wrong', occurredAt: nowMs });
    await till.transfer({
      merchantId: 'one',
      fromAccountId: 'drawer',
      toAccountId: 'safe',
      amountMinor: 300,
      currency: 'BRL',
      occurredAt: nowMs,
      purpose: 'SANGRIA',
    });
    await sell({ merchantId: 'one', amountMinor: 7, daysAgo: 1 });
    await decided();
    const after = await latestDocuments();
    expect(after.filter(({ revision }, index) => revision > (before[index]?.revision ?? 0))).toHaveLength(3);

    const rows = sorted(await flink.run('SELECT * FROM network_totals'));
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(sorted(totalsOfDocuments(after)));
    expect(rows).toEqual(sorted(totalsOfPostings(await postings())));
  });

  test('late entries are those that count on another day than their own', async () => {
    const yesterday = Math.floor(nowMs / DAY_MS) - 1;
    await till.closeDay({ merchantId: 'one', businessDate: asBusinessDate(yesterday), requestedBy: 'owner' });
    const { id } = await sell({ merchantId: 'one', amountMinor: 11, daysAgo: 1 });
    await sell({ merchantId: 'two', amountMinor: 12, daysAgo: 1 });
    await decided();
    const [late] = (await postings()).filter(({ entryId }) => entryId === id);
    const rows = await flink.run('SELECT * FROM late_entries');
    expect(rows).toEqual([
      {
        merchantId: 'one',
        ledgerSeq: late?.ledgerSeq,
        entryId: id,
        accountId: 'drawer',
        direction: 'CREDIT',
        kind: 'SALE',
        paymentMethod: 'CASH',
        amountMinor: 11,
        currency: 'BRL',
        originalBusinessDate: formatDate(yesterday),
        businessDate: formatDate(yesterday + 1),
        occurredAt: expect.any(String),
        recordedAt: expect.any(String),
      },
    ]);
    expect(await flink.run('SELECT merchantId, closedThrough FROM merchants')).toEqual(
      expect.arrayContaining([
        { merchantId: 'one', closedThrough: formatDate(yesterday) },
        { merchantId: 'two', closedThrough: null },
      ]),
    );
  });
});

(hasPython() ? describe : describe.skip)('the consumer in Python', () => {
  test('prints the last version of every document, and nothing else', async () => {
    const { kafka, registry } = stack.addresses;
    const output = await runPython('test/consumers/latest-balances.py', {
      packages: ['confluent-kafka==2.16.1', 'fastavro==1.13.1'],
      env: { FLUXO_KAFKA: kafka, FLUXO_REGISTRY: registry },
    });
    const printed = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    const expected = (await latestDocuments()).map(({ merchantId, businessDate, revision, totals }) => ({
      merchantId,
      businessDate,
      revision,
      totals,
    }));
    expect(expected.length).toBeGreaterThan(0);
    expect(sorted(printed)).toEqual(sorted(expected));
  });
});
