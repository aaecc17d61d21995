/**
 * A year's statement of a busy merchant, from the call to the last byte, by the query API as a process of its own over a real Postgres: how
 * long each form takes, how much memory the process needs for it beyond what it had, and how long balances take meanwhile. Rows are made by
 * SQL as the sinks would have left them. Prints one JSON line for each form. Run by `npm run bench -- statements`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openPool } from '@fluxo/postgres';
import { PostgresStatementView } from '@fluxo/query-api';
import { topics } from '@fluxo/schemas';
import { aBalance, aMerchant } from '../query-api/views/view-fixtures.ts';
import { startServers } from '../testing/servers.ts';
import { TestDatabase } from '../testing/test-database.ts';
import { serveBooks } from './memory-api.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 400_000);
const DAYS = 365;
const FILL_TIMEOUT_MS = 600_000;
const FIRST_DAY = '2025-01-01';
const LAST_DAY = '2025-12-31';
const FORMS = ['application/json', 'text/csv', 'application/x-ofx', 'application/xml'] as const;

/** $1 entries, $2 days, $3 first day: two accounts in turn, every fourth entry a debit. */
const LEDGER = `
INSERT INTO fluxo.ledger (merchant_id, ledger_seq, record_type, record_id, leg, occurrence, recorded_at, partition, source_offset,
  account_id, direction, kind, payment_method, amount_minor, currency, occurred_at, submitted_at, business_date, description,
  source_system, prev_hash, hash)
SELECT 'm-1', n, 'EntryPosted', gen_random_uuid(), 'SINGLE', 1, at, 0, n, CASE n % 2 WHEN 0 THEN 'bank' ELSE 'drawer' END,
  CASE n % 4 WHEN 0 THEN 'DEBIT' ELSE 'CREDIT' END, CASE n % 4 WHEN 0 THEN 'OTHER' ELSE 'SALE' END, 'PIX', 1 + n % 50000, 'BRL',
  at, at, $3::date + (n * $2::bigint / ($1 + 1))::integer, 'venda no caixa ' || n, 'bench', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
FROM (SELECT n, $3::date + interval '1 day' * (n * $2::float8 / ($1 + 1)) AS at FROM generate_series(1, $1::bigint) AS n) AS numbered`;

const DOCUMENTS = `
INSERT INTO fluxo.daily_balances (merchant_id, business_date, partition, zone, cutoff_minutes, day_start, revision, chain_head, recorded_at)
SELECT 'm-1', business_date, 0, 'America/Sao_Paulo', 0, business_date, max(ledger_seq), decode(repeat('00', 32), 'hex'), max(recorded_at)
FROM fluxo.ledger GROUP BY business_date`;

const LINES = `
INSERT INTO fluxo.balance_accounts (merchant_id, business_date, account_id, currency, opening_minor, credits_minor, debits_minor,
  closing_minor, credit_count, debit_count)
SELECT 'm-1', business_date, account_id, 'BRL', closing - credits + debits, credits, debits, closing, credit_count, debit_count
FROM (SELECT *, sum(credits - debits) OVER (PARTITION BY account_id ORDER BY business_date) AS closing FROM (
  SELECT business_date, account_id,
    coalesce(sum(amount_minor) FILTER (WHERE direction = 'CREDIT'), 0) AS credits,
    coalesce(sum(amount_minor) FILTER (WHERE direction = 'DEBIT'), 0) AS debits,
    count(*) FILTER (WHERE direction = 'CREDIT') AS credit_count, count(*) FILTER (WHERE direction = 'DEBIT') AS debit_count
  FROM fluxo.ledger GROUP BY business_date, account_id) AS days) AS lines`;

const POSITIONS = `INSERT INTO fluxo.positions SELECT topic, 0, 1, true FROM unnest($1::text[]) AS topic`;

async function fill(url: string): Promise<void> {
  const pool = openPool({ url, name: 'bench', connectionsMax: 1, timeoutMs: FILL_TIMEOUT_MS });
  await pool.query(LEDGER, [ENTRIES, DAYS, FIRST_DAY]);
  await pool.query(DOCUMENTS);
  await pool.query(LINES);
  await pool.query(POSITIONS, [[topics.ledger.name, topics.dailyBalances.name]]);
  await pool.query('VACUUM ANALYZE fluxo.ledger');
  await pool.end();
}

/** The query API, with the merchant in its memory; tells its port, and then its resident memory whenever it is asked. */
async function serve(url: string): Promise<void> {
  const accounts = ['bank', 'drawer'].map((accountId) => ({
    accountId,
    name: accountId,
    type: 'OTHER' as const,
    currency: 'BRL',
  }));
  const books = [[aMerchant({ accounts }), [aBalance()]]] as const;
  const statements = new PostgresStatementView({ url, name: 'bench', partitions: 1 });
  const port = await serveBooks(books, { statements });
  process.on('message', () => process.send?.(process.memoryUsage().rss));
  process.send?.(port);
}

type Figures = {
  readonly seconds: number;
  readonly megabytes: number;
  readonly rssGrowthMb: number;
  readonly balanceP99Ms: number;
};

async function measure(server: ReturnType<typeof fork>, port: number, accept: string): Promise<Figures> {
  const rss = async (): Promise<number> => {
    server.send('rss');
    const [bytes] = (await once(server, 'message')) as [number];
    return bytes;
  };
  const before = await rss();
  let peak = before;
  let isDone = false;
  const balances: number[] = [];
  const watched = (async () => {
    while (!isDone) {
      peak = Math.max(peak, await rss());
      const begun = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/v1/merchants/m-1/balances/latest`)).arrayBuffer();
      balances.push(performance.now() - begun);
      await sleep(20);
    }
  })();
  const begun = performance.now();
  const url = `http://127.0.0.1:${port}/v1/merchants/m-1/statements?from=${FIRST_DAY}&to=${LAST_DAY}`;
  const response = await fetch(url, { headers: { accept } });
  if (response.status !== 200) throw new Error(`${accept}: ${response.status} ${await response.text()}`);
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += chunk.length;
  const seconds = (performance.now() - begun) / 1_000;
  isDone = true;
  await watched;
  const p99 = balances.toSorted((a, b) => a - b)[Math.floor(balances.length * 0.99)] ?? 0;
  return { seconds, megabytes: bytes / 1e6, rssGrowthMb: (peak - before) / 1e6, balanceP99Ms: p99 };
}

async function main(): Promise<void> {
  const servers = await startServers({ postgres: true });
  try {
    const database = await TestDatabase.create({ server: servers.postgres });
    await fill(database.url('postgres'));
    console.error(`${ENTRIES} entries are there`);
    const server = fork(fileURLToPath(import.meta.url), ['serve', database.url('fluxo_reader')]);
    const [port] = (await once(server, 'message')) as [number];
    for (const form of FORMS) {
      const figures = await measure(server, port, form);
      const rounded = Object.fromEntries(
        Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(3))]),
      );
      console.log(JSON.stringify({ bench: 'statements', form, entries: ENTRIES, days: DAYS, ...rounded }));
    }
    server.kill();
  } finally {
    await servers.stop();
  }
}

if (process.argv[2] === 'serve') await serve(process.argv[3] as string);
else await main();
