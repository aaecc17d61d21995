/**
 * Row 9 of reliability.md section 3: while people enter, Postgres is killed, hangs so that every connection of the pool is taken, and ends
 * transactions of the entries API as victims of real deadlocks. Who enters is told 503 and when to come back, within the API's time limits;
 * nothing is half written, because what is repeated with the same key counts once; and balances are read all the while. Needs the whole stack.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '@fluxo/postgres';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { asRole } from '../../stack/addresses.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { EntriesLoad } from './entries-load.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const ROUNDS = scaled({ quick: 1, short: 2, long: 50 });
/** More than the API has connections (16). */
const CALLERS = 40;
const CONNECTIONS = 16;
const DEADLOCKS = 3;
/** A connection is waited for 2 s, and a statement ends within 3; what is more is the machine's. */
const ANSWER_WITHIN_MS = 20_000;

const hits = new Hits(9, [
  'Postgres killed',
  'every connection taken',
  'deadlocks',
  'entries refused with 503',
]);
let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
}, 300_000);
afterAll(async () => stack?.destroy(), 120_000);

type Administrator = Awaited<ReturnType<typeof openConnection>>;

async function asAdministrator(work: (connection: Administrator) => Promise<void>): Promise<void> {
  const connection = await openConnection({
    url: asRole(stack.addresses.postgres, 'postgres'),
    name: 'fault',
    timeoutMs: 60_000,
  });
  try {
    await work(connection);
  } finally {
    await connection.end();
  }
}

async function numberOf(connection: Administrator, sql: string): Promise<number> {
  const { rows } = await connection.query<{ count: number }>(sql);
  return rows[0]?.count ?? 0;
}

const WAITING = `SELECT count(*) AS count FROM pg_stat_activity WHERE usename = 'fluxo_entries' AND wait_event_type = 'Lock'`;
const VICTIMS = `SELECT deadlocks AS count FROM pg_stat_database WHERE datname = 'fluxo'`;

async function kill(): Promise<void> {
  await stack.kill('postgres');
  await sleep(1_000);
  await stack.start('postgres');
  hits.count('Postgres killed');
}

/** Nothing can be written until every connection of the API waits, and its callers for a connection. */
async function takeAllConnections(): Promise<void> {
  await asAdministrator(async (connection) => {
    await connection.query('BEGIN');
    await connection.query('LOCK TABLE fluxo.outbox IN ACCESS EXCLUSIVE MODE');
    while ((await numberOf(connection, WAITING)) < CONNECTIONS) await sleep(20);
    hits.count('every connection taken');
    await sleep(3_000);
    await connection.query('ROLLBACK');
  });
}

/** Takes two tables in the other order than the API, and is patient enough for the API to be the one that gives way. */
async function deadlock(): Promise<void> {
  await asAdministrator(async (connection) => {
    const before = await numberOf(connection, VICTIMS);
    await connection.query(`SET deadlock_timeout = '1min'`);
    await connection.query('BEGIN');
    await connection.query('LOCK TABLE fluxo.outbox IN ACCESS EXCLUSIVE MODE');
    while ((await numberOf(connection, WAITING)) === 0) await sleep(5);
    await connection.query('LOCK TABLE fluxo.submissions, fluxo.idempotency_keys IN ACCESS EXCLUSIVE MODE');
    await connection.query('ROLLBACK');
    await connection.query('SELECT pg_stat_force_next_flush()');
    for (let after = before; after === before; await sleep(100)) after = await numberOf(connection, VICTIMS);
    hits.count('deadlocks', (await numberOf(connection, VICTIMS)) - before);
  });
}

/** Asks for a balance until told otherwise; resolves with the statuses it saw. */
async function readBalances(signal: AbortSignal): Promise<ReadonlySet<number>> {
  const seen = new Set<number>();
  while (!signal.aborted) {
    const answer = await fetch(`${stack.addresses.queryApi}/v1/merchants/m-1/balances/latest`);
    await answer.arrayBuffer();
    seen.add(answer.status);
    await sleep(20);
  }
  return seen;
}

test(`${ROUNDS} times: 503 in time, nothing half written, balances are read`, async () => {
  await using load = new EntriesLoad(stack);
  await load.start(CALLERS);
  await load.untilAccepted(100);
  while ((await fetch(`${stack.addresses.queryApi}/v1/merchants/m-1/balances/latest`)).status !== 200)
    await sleep(50);
  const reading = new AbortController();
  const statuses = readBalances(reading.signal);
  for (let round = 0; round < ROUNDS; round++) {
    for (const harm of [kill, takeAllConnections, ...Array<typeof deadlock>(DEADLOCKS).fill(deadlock)]) {
      const [refused, sinceMs] = [load.count(503), Date.now()];
      await harm();
      await load.untilAccepted(50);
      hits.measure('seconds from the harm until 50 more were accepted', (Date.now() - sinceMs) / 1_000);
      hits.count('entries refused with 503', load.count(503) - refused);
    }
  }
  await load.stop();
  reading.abort();
  expect(await statuses).toEqual(new Set([200]));
  expect(new Set(load.statuses.keys())).toEqual(new Set([202, 503]));
  expect(load.withoutRetryAfter).toBe(0);
  expect(load.slowestMs).toBeLessThan(ANSWER_WITHIN_MS);
  hits.measure('seconds of the slowest answer', load.slowestMs / 1_000);
  expect(await load.wrongs()).toEqual([]);
  hits.demandAll();
});
