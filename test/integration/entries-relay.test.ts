/**
 * From the outbox to Kafka by real relay processes: one that is killed between publishing and removing, two at once, a row that
 * no release knows, and the order of each merchant. Needs Kafka, the registry and Postgres.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '@fluxo/postgres';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { asRole, portOffsets } from '../../stack/addresses.ts';
import { EntriesClient } from '../../testing/entries-client.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

jest.setTimeout(240_000);

let stack: TestStack;
let database: Awaited<ReturnType<typeof openConnection>>;
beforeAll(async () => {
  stack = await startStack({
    only: ['kafka', 'registry', 'provision', 'postgres', 'migrate', 'streams-1', 'entries-api'],
  });
  const url = asRole(stack.addresses.postgres, 'fluxo_owner');
  database = await openConnection({ url, name: 'test', timeoutMs: 120_000 });
});
afterAll(async () => {
  await database.end();
  await stack.destroy();
});

type Line = { readonly key: string; readonly value: Readonly<Record<string, string>> };

/** The ids of a topic's records by merchant, in the order in which they stand there. */
async function idsIn(topic: 'submissions' | 'ledger'): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, string[]>();
  const lines = (await fluxo(['dump', topic], stack.env)).split('\n').filter((line) => line !== '');
  for (const { key, value } of lines.map((line) => JSON.parse(line) as Line))
    ids.set(key, [...(ids.get(key) ?? []), value['entryId'] ?? value['configId'] ?? '']);
  return ids;
}

async function waitingRows(): Promise<number> {
  const { rows } = await database.query<{ count: number }>('SELECT count(*) AS count FROM fluxo.outbox');
  return rows[0]?.count ?? -1;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

test('killed between publishing and removing: published again by the next one in the same order, counted once', async () => {
  const client = new EntriesClient(stack.addresses.entriesApi);
  await client.configure('m-killed');
  for (let count = 0; count < 10; count++) await client.enter('m-killed');
  expect(client.refused).toEqual([]);
  const accepted = client.accepted.get('m-killed') as string[];
  // The rows are locked, so the relay can publish them but not remove them.
  await database.query('BEGIN');
  await database.query('SELECT FROM fluxo.outbox FOR UPDATE');
  await stack.start('outbox-relay-1');
  await until(async () => (await idsIn('submissions')).get('m-killed')?.length === accepted.length);
  await stack.kill('outbox-relay-1');
  // What it may have sent with its last breath must not happen after all: its connections end before the rows are free.
  const admin = await openConnection({
    url: asRole(stack.addresses.postgres, 'postgres'),
    name: 'test',
    timeoutMs: 120_000,
  });
  await admin.query(
    `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'fluxo_relay'`,
  );
  await admin.end();
  await database.query('ROLLBACK');
  expect(await waitingRows()).toBe(accepted.length);
  await stack.start('outbox-relay-2');
  await until(async () => (await waitingRows()) === 0);
  expect((await idsIn('submissions')).get('m-killed')).toEqual([...accepted, ...accepted]);
  await until(async () => (await idsIn('ledger')).get('m-killed')?.length === accepted.length);
  await client.enter('m-killed');
  await until(async () => ((await idsIn('ledger')).get('m-killed')?.length ?? 0) > accepted.length);
  expect((await idsIn('ledger')).get('m-killed')).toEqual(client.accepted.get('m-killed'));
});

test('two relays at once: everything once, in order per merchant', async () => {
  await stack.start('outbox-relay-1', 'outbox-relay-2');
  const client = new EntriesClient(stack.addresses.entriesApi);
  const merchants = Array.from({ length: 12 }, (_, index) => `m-two-${index}`);
  await Promise.all(
    merchants.map(async (merchant) => {
      await client.configure(merchant);
      for (let count = 0; count < 25; count++) await client.enter(merchant);
    }),
  );
  expect(client.refused).toEqual([]);
  await until(async () => (await waitingRows()) === 0);
  const published = await idsIn('submissions');
  for (const merchant of merchants) expect(published.get(merchant)).toEqual(client.accepted.get(merchant));
});

test('a row that this release cannot read: its lane waits and is told of, all others go on; once it can be read, all comes in order', async () => {
  await stack.stop('outbox-relay-1', 'outbox-relay-2');
  const client = new EntriesClient(stack.addresses.entriesApi);
  // Two merchants of different lanes.
  for (const merchant of ['m-stands', 'm-passes']) {
    await client.configure(merchant);
    for (let count = 0; count < 3; count++) await client.enter(merchant);
  }
  expect(client.refused).toEqual([]);
  const [settings, first, second, third] = client.accepted.get('m-stands') as string[];
  const rename = (from: string, to: string) =>
    database.query(`UPDATE fluxo.outbox SET type = $2 WHERE type = $1 AND value->>'entryId' = $3`, [
      from,
      to,
      second,
    ]);
  expect((await rename('EntrySubmitted', 'EntryOfTomorrow')).rowCount).toBe(1);
  await stack.start('outbox-relay-1');
  await until(async () => (await waitingRows()) === 2);
  await client.enter('m-passes');
  await until(async () => (await waitingRows()) === 2);
  const published = await idsIn('submissions');
  expect(published.get('m-passes')).toEqual(client.accepted.get('m-passes'));
  expect(published.get('m-stands')).toEqual([settings, first]);
  const metrics = await (
    await fetch(`http://127.0.0.1:${stack.place.portBase + portOffsets.outboxRelay + 1}/metrics`)
  ).text();
  expect(metrics).toMatch(/^fluxo_relay_retries_total\{what="row"\} [1-9]/m);
  expect(Number(/^fluxo_relay_outbox_age_seconds (.+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  await rename('EntryOfTomorrow', 'EntrySubmitted');
  await until(async () => (await waitingRows()) === 0);
  expect((await idsIn('submissions')).get('m-stands')).toEqual([settings, first, second, third]);
});
