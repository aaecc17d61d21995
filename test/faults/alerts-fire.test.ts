/**
 * A whole stack that is watched, hurt until somebody would be told. Each alert here is raised by the trouble it is there for, by the rules of
 * `infra/observability/` with all lengths of time divided by twenty, and goes by itself when the trouble has gone. Those that no fault raises
 * here are raised by series alone (`test/alert-rules.test.ts`); decision 0026 says which. Skipped where there is no Prometheus.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openConnection } from '@fluxo/postgres';
import { REDIS_VIEW_PREFIX } from '@fluxo/schemas';
import { placeOf } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { dashboards } from '../../scripts/dashboards.ts';
import { freePort } from '../../stack/free-port.ts';
import { dataFolder } from '../../stack/place.ts';
import { findAlertmanager, findProgram } from '../../stack/setup/system-tools.ts';
import { EntriesClient } from '../../testing/entries-client.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { hastenRules, Watching } from '../../testing/watching.ts';

const STEP_MS = 600_000;
jest.setTimeout(STEP_MS);

const hasWatchers = findProgram('prometheus') !== null && findAlertmanager() !== null;
const command = fileURLToPath(new URL('../../cli/bin/fluxo.js', import.meta.url));

let stack: TestStack;
let watching: Watching;
let rules: string;
let load: Load;

/** People who enter and look, some of whose entries are of merchants that nobody knows. */
class Load {
  refusedShare = 0;
  readonly #entries: EntriesClient;
  readonly #queryApi: string;
  #isOver = false;
  #running: Promise<void> | null = null;

  constructor({ entriesApi, queryApi }: { readonly entriesApi: string; readonly queryApi: string }) {
    this.#entries = new EntriesClient(entriesApi);
    this.#queryApi = queryApi;
  }

  async start(): Promise<void> {
    await this.#entries.configure('shop');
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      await this.#entries.enter(turn % 10 < this.refusedShare * 10 ? `nobody-${turn}` : 'shop');
      await fetch(`${this.#queryApi}/v1/merchants/shop/entries`).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
      await sleep(50);
    }
  }
}

(hasWatchers ? beforeAll : () => undefined)(async () => {
  rules = mkdtempSync(join(tmpdir(), 'fluxo-rules-'));
  hastenRules(join(placeOf().checkout, 'infra', 'observability', 'rules'), rules);
  stack = await startStack({
    hasWatchers: true,
    hasSimulator: true,
    env: { FLUXO_RULES: rules, FLUXO_SCRAPE_SECONDS: '3', FLUXO_SIMULATOR_RATE: '20' },
  });
  watching = new Watching(stack.place.portBase);
  load = new Load(stack.addresses);
  await load.start();
}, STEP_MS);

afterAll(async () => {
  await load?.stop();
  await stack?.destroy();
  if (rules !== undefined) rmSync(rules, { recursive: true });
}, STEP_MS);

(hasWatchers ? describe : describe.skip)('a stack that is watched', () => {
  test('every program is asked, the watchdog is heard, and nobody is woken', async () => {
    await watching.until(
      'every program answers',
      async () => (await watching.query('up == 1')).length === 10,
    );
    expect(await watching.receiversOf('Watchdog')).toEqual(['watchdog']);
    await watching.until('balances are fresh', async () => {
      const [stale] = await watching.query('fluxo:balances_stale:bool');
      return stale?.value[1] === '0';
    });
    await watching.until('nobody is woken', async () => {
      const pages = await watching.query('ALERTS{severity="page",alertstate="firing"}');
      return pages.length === 0;
    });
  });

  test('submissions of merchants that nobody knows', async () => {
    load.refusedShare = 0.8;
    expect(await watching.untilFiring('RejectionsHigh')).toBe('ticket');
    const [top] = await watching.query('topk(1, sum by (code) (rate(fluxo_streams_rejections_total[30s])))');
    expect(top?.metric).toEqual({ code: 'merchant-unknown' });
    load.refusedShare = 0;
    await watching.untilQuiet('RejectionsHigh');
  });

  test.each(
    Object.entries(dashboards).flatMap(([name, { panels }]) =>
      panels.map((panel) => [name, panel.title, panel] as const),
    ),
  )('dashboard %s, %s: every query brings data', async (_, __, { kind, queries }) => {
    expect(Object.keys(queries)).not.toEqual([]);
    for (const query of Object.values(queries))
      await (kind === 'table' ? untilRows(query) : untilData(query));
  });

  test('Redis killed, and back without what it held', async () => {
    await stack.kill('redis');
    expect(await watching.untilFiring('ViewBehind', { job: 'sink-redis' })).toBe('ticket');
    await stack.start('redis');
    expect(await watching.untilFiring('StoreReplaced', { job: 'sink-redis' })).toBe('ticket');
    await watching.untilQuiet('ViewBehind');
  });

  test('Postgres killed: nobody can enter, and what stands in the ledger cannot be read', async () => {
    await stack.kill('postgres');
    expect(await watching.untilFiring('EntriesNotAccepted')).toBe('page');
    expect(await watching.untilFiring('EntriesApiGone')).toBe('page');
    expect(await watching.untilFiring('ReadsFailing', { job: 'query-api' })).toBe('page');
    expect(await watching.untilFiring('ProcessNotReady', { instance: 'entries-api' })).toBe('ticket');
    expect(await watching.receiversOf('EntriesNotAccepted')).toEqual(['page']);
    await stack.start('postgres');
    await watching.untilQuiet('EntriesApiGone');
    await watching.untilQuiet('ReadsFailing');
  });

  test('Kafka killed: what is accepted goes nowhere, and every process can still be asked', async () => {
    await stack.kill('kafka');
    expect(await watching.untilFiring('OutboxNotDrained')).toBe('page');
    expect(await watching.untilFiring('BalancesStale')).toBe('page');
    expect(await watching.untilFiring('ProcessDown', { instance: 'kafka' })).toBe('ticket');
    await watching.until('every program answers', async () => (await watching.query('up == 1')).length === 9);
    // What a broker that is gone does not say is no alarm of its own.
    expect(await watching.query('ALERTS{alertname=~"Kafka.*"}')).toEqual([]);
    await stack.start('kafka');
    await watching.untilQuiet('OutboxNotDrained');
    await watching.untilQuiet('BalancesStale');
    await watching.untilQuiet('ProcessDown');
  });

  test('the only processor killed, and one stopped on purpose', async () => {
    await stack.kill('streams-1');
    expect(await watching.untilFiring('ProcessDown', { instance: 'streams-1' })).toBe('ticket');
    expect(await watching.untilFiring('BalancesStale')).toBe('page');
    expect(await watching.receiversOf('BalancesStale')).toEqual(['page']);
    await stack.stop('streams-1');
    expect(await watching.untilFiring('ProcessMissing', { job: 'streams' })).toBe('ticket');
    await watching.untilQuiet('ProcessDown');
    await stack.start('streams-1');
    await watching.untilQuiet('ProcessMissing');
    await watching.untilQuiet('BalancesStale');
  });

  test('a document that vanishes from Redis, found by the audit that runs beside the stack', async () => {
    const redis = new Redis(stack.addresses.redis);
    const audit = await startAudit();
    try {
      await watching.until('a round is through', async () => {
        return (await watching.query('fluxo_audit_last_round_timestamp_seconds > 0')).length === 1;
      });
      expect(await watching.firing('BalancesWrong')).toEqual([]);
      expect(await redis.del(...(await redis.keys(`${REDIS_VIEW_PREFIX}{*}:20*`)))).toBeGreaterThan(0);
      expect(await watching.untilFiring('BalancesWrong')).toBe('page');
    } finally {
      audit.kill();
      redis.disconnect();
    }
  });
});

async function untilData(query: string): Promise<void> {
  await watching.until(`${query} brings data`, async () =>
    (await watching.query(query)).some(({ value }) => value[1] !== 'NaN'),
  );
}

/** Asks as Grafana would, of the shop or of some merchant that was refused. */
async function untilRows(statement: string): Promise<void> {
  const database = await openConnection({
    url: stack.addresses.postgres,
    name: 'dashboard',
    timeoutMs: 30_000,
  });
  try {
    const one = 'SELECT merchant_id FROM fluxo.rejections WHERE merchant_id IS NOT NULL LIMIT 1';
    await watching.until(`${statement} brings rows`, async () => {
      const [refused] = (await database.query<{ merchant_id: string }>(one)).rows;
      const merchant = statement.includes('fluxo.rejections') ? (refused?.merchant_id ?? '') : 'shop';
      return (await database.query(statement.replaceAll('$merchant', merchant))).rows.length > 0;
    });
  } finally {
    await database.end();
  }
}

/** Has Prometheus ask it, as docs/metrics.md says. */
async function startAudit(): Promise<ChildProcess> {
  const port = await freePort();
  const targets = [{ targets: [`127.0.0.1:${port}`], labels: { job: 'auditor', instance: 'auditor' } }];
  const file = join(dataFolder(stack.place, 'prometheus'), 'targets', 'audit.json');
  writeFileSync(file, JSON.stringify(targets));
  const args = [command, 'audit', '--watch', '--every', '1', '--port', String(port)];
  return spawn(process.execPath, args, { env: { ...process.env, ...stack.env }, stdio: 'ignore' });
}
