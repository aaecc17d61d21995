/**
 * The statements of `streams/sql/flink/` on real topics: a whole stack decides about entries, late ones among them, and Flink must come
 * to the figures that stand in the balance documents and in the ledger. Needs a stack, and Flink, which it fetches (175 MB of jars).
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
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { zoneAtNoon } from '../../testing/zone-at-noon.ts';

/** The first run downloads, and the machine may be busy. */
jest.setTimeout(15 * 60_000);

const DAY_MS = 86_400_000;
const nowMs = Date.now();
const statements = fileURLToPath(new URL('../../streams/sql/flink', import.meta.url));

/** Who decides, and who `fluxo wait` waits for. */
const services = [
  'kafka',
  'registry',
  'redis',
  'postgres',
  'provision',
  'migrate',
  'streams-1',
  'sink-redis-1',
  'sink-postgres-1',
  'query-api',
];

let stack: TestStack;
let folder: string;
let till: TillProducer;
let flink: FlinkSql;

beforeAll(async () => {
  stack = await startStack({ only: services });
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

type Totals = { creditsMinor: number; debitsMinor: number; internalMinor: number; movements: number };

const none: Totals = { creditsMinor: 0, debitsMinor: 0, internalMinor: 0, movements: 0 };

/** Adds up by day and currency, in the form and order of the view's rows. */
function summed(parts: readonly (readonly [day: string, currency: string, Totals])[]): readonly Row[] {
  const sums = new Map<string, Totals>();
  for (const [day, currency, part] of parts) {
    const sum = sums.get(`${day} ${currency}`) ?? none;
    sums.set(`${day} ${currency}`, {
      creditsMinor: sum.creditsMinor + part.creditsMinor,
      debitsMinor: sum.debitsMinor + part.debitsMinor,
      internalMinor: sum.internalMinor + part.internalMinor,
      movements: sum.movements + part.movements,
    });
  }
  return [...sums].map(([name, sum]) => {
    const [businessDate, currency] = name.split(' ');
    return { businessDate, currency, ...sum };
  });
}

const totalsOfDocuments = (documents: readonly DailyBalance[]) =>
  summed(
    documents.flatMap(({ businessDate, totals, byMethod }) =>
      totals.map(({ currency, creditsMinor, debitsMinor, creditCount, debitCount }) => {
        const own = byMethod.find((each) => each.currency === currency && each.paymentMethod === 'INTERNAL');
        const movements = creditCount + debitCount;
        const internalMinor = own?.creditsMinor ?? 0;
        return [String(businessDate), currency, { creditsMinor, debitsMinor, internalMinor, movements }];
      }),
    ),
  );

/** As `streams/sql/ksqldb/02-network-totals.sql` has it. */
const totalsOfPostings = (entries: readonly EntryPosted[]) =>
  summed(
    entries.map(({ businessDate, currency, direction, paymentMethod, amountMinor }) => {
      const creditsMinor = direction === 'CREDIT' ? amountMinor : 0;
      const internalMinor = paymentMethod === 'INTERNAL' ? creditsMinor : 0;
      const debitsMinor = amountMinor - creditsMinor;
      return [String(businessDate), currency, { creditsMinor, debitsMinor, internalMinor, movements: 1 }];
    }),
  );

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
