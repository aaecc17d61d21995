/**
 * The tables, on a real Postgres: made from nothing and from every version before, by two at once, and what each role may do with
 * them. Needs Postgres.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readTables } from '@fluxo/postgres';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Role, TestDatabase } from '../../testing/test-database.ts';
import { shapeOf } from './postgres-shape.ts';

const STEP_MS = 120_000;

const folder = fileURLToPath(new URL('../../postgres/migrations/', import.meta.url));
const files = readdirSync(folder).toSorted();

/** What was released stays as it was: some database has run it, and will not run it again. */
const released: Readonly<Record<string, string>> = {
  '0001_read-tables.sql': '96cb2d2d4741c56cce0af9b0ca12ea40b96820b08fa854426af351c03d014ef5',
  '0002_entries.sql': '018c8747167f9dc1cc4cefd90d0aca56c8fa6e1bd36a90ba66a8ea60e1c169fb',
  '0003_ledger-queries.sql': '2b4c07051d21e7a1305f7e679cc34108ede5a9ecd0ab0921b187cb224090cc5c',
  '0004_traces.sql': 'c2c746b1a6f426e41008ae1ff0d8f19f2703dbd9eac82703545a6efdfec8dc57',
  '0005_day-end-export.sql': '43a1591b21a19b319a3ca7a35c68dfd186e43a029dc385d71895dca05ff9b85b',
  '0006_submission-states.sql': 'adc5e3171950a68c87bc0623a13efdee079af833ecf26636da2b0559b8444be2',
  '0007_submission-order.sql': '151bc916ab02fc2d11b2ff084374e09041255554674c16503c7aa01f18953b08',
};

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
}, STEP_MS);

async function databaseWith(count?: number): Promise<TestDatabase> {
  const database = await TestDatabase.create(count === undefined ? {} : { count });
  databases.push(database);
  return database;
}

describe('migrations', () => {
  test('are numbered without a gap', () => {
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
  });

  test('that were released are unchanged', () => {
    const hashes = Object.fromEntries(
      Object.keys(released).map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(folder + file))
          .digest('hex'),
      ]),
    );
    expect(hashes).toEqual(released);
  });

  test(
    'one by one they come to the same as all at once, and running them again changes nothing',
    async () => {
      const atOnce = await databaseWith();
      const stepwise = await databaseWith(0);
      for (const file of files)
        expect(await stepwise.migrate({ count: 1 })).toEqual([file.replace('.sql', '')]);
      const shape = await shapeOf(atOnce);
      expect(shape.length).toBeGreaterThan(100);
      expect(await shapeOf(stepwise)).toEqual(shape);
      expect(await stepwise.migrate()).toEqual([]);
      expect(await shapeOf(stepwise)).toEqual(shape);
    },
    STEP_MS,
  );

  test(
    'make tables that are either made anew from the topics, or nowhere else',
    async () => {
      const tables = await (await databaseWith()).query<{ name: string }>(
        'fluxo_owner',
        "SELECT relname AS name FROM pg_class WHERE relnamespace = 'fluxo'::regnamespace AND relkind = 'r'",
      );
      const nowhereElse = ['idempotency_keys', 'migrations', 'outbox', 'submissions'];
      expect(tables.map(({ name }) => name).toSorted()).toEqual([...nowhereElse, ...readTables].toSorted());
    },
    STEP_MS,
  );

  test(
    'two processes at once: one runs them, the other waits and finds nothing to do',
    async () => {
      const database = await databaseWith(0);
      const runs = await Promise.all([database.migrate(), database.migrate()]);
      expect(runs.some(({ length }) => length === 0)).toBe(true);
      expect(runs.flat()).toEqual(files.map((file) => file.replace('.sql', '')));
    },
    STEP_MS,
  );
});

describe('row-level security', () => {
  const insert = `INSERT INTO fluxo.merchants VALUES ('m-1', 0, 'One', 'REJECT', 7, NULL, 1, '\\x00', now()),
    ('m-2', 0, 'Two', 'REJECT', 7, NULL, 1, '\\x00', now())`;

  /** The merchants that a transaction with this setting sees. */
  async function seen(
    database: TestDatabase,
    role: Role,
    setting: string | null,
  ): Promise<readonly string[]> {
    const rows = await database.query<{ merchant_id: string }>(
      role,
      `SELECT merchant_id FROM (SELECT set_config('fluxo.merchant_ids', $1, false) OFFSET 0) AS setting, fluxo.merchants ORDER BY 1`,
      [setting],
    );
    return rows.map(({ merchant_id }) => merchant_id);
  }

  test.each([
    ['fluxo_reader', '', []],
    ['fluxo_reader', 'm-2', ['m-2']],
    ['fluxo_reader', 'm-1,m-2,m-3', ['m-1', 'm-2']],
    ['fluxo_reader', '*', ['m-1', 'm-2']],
    ['fluxo_reader', 'm-%', []],
    ['fluxo_auditor', '', ['m-1', 'm-2']],
    ['fluxo_sink', '', ['m-1', 'm-2']],
  ] as const)(
    '%s with the merchants "%s" sees %j',
    async (role, setting, expected) => {
      const database = await databaseWith();
      await database.query('fluxo_sink', insert);
      expect(await seen(database, role, setting)).toEqual(expected);
    },
    STEP_MS,
  );

  test(
    'each role does what it is for and nothing else',
    async () => {
      const database = await databaseWith();
      const denied = { code: '42501' };
      for (const role of ['fluxo_reader', 'fluxo_auditor'] as const) {
        await expect(database.query(role, insert)).rejects.toMatchObject(denied);
        await expect(
          database.query(role, 'UPDATE fluxo.positions SET next_offset = 0'),
        ).rejects.toMatchObject(denied);
      }
      await expect(database.query('fluxo_sink', 'DELETE FROM fluxo.ledger')).rejects.toMatchObject(denied);
      await expect(
        database.query('fluxo_sink', 'UPDATE fluxo.ledger SET amount_minor = 1'),
      ).rejects.toMatchObject(denied);
      for (const statement of [
        'SELECT FROM fluxo.outbox',
        'DELETE FROM fluxo.submissions',
        "UPDATE fluxo.idempotency_keys SET key = ''",
        'INSERT INTO fluxo.ledger SELECT * FROM fluxo.ledger',
      ])
        await expect(database.query('fluxo_entries', statement)).rejects.toMatchObject(denied);
      await expect(
        database.query('fluxo_relay', "INSERT INTO fluxo.outbox (lane, type, value) VALUES (0, '', '{}')"),
      ).rejects.toMatchObject(denied);
      await expect(database.query('fluxo_relay', 'SELECT FROM fluxo.ledger')).rejects.toMatchObject(denied);
      for (const role of ['fluxo_sink', 'fluxo_reader', 'fluxo_entries', 'fluxo_relay'] as const)
        await expect(database.query(role, 'CREATE TABLE fluxo.own (a int)')).rejects.toMatchObject(denied);
    },
    STEP_MS,
  );
});
