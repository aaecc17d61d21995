/**
 * A database for one test file, on the Postgres that the run shares: roles, tables and nothing else. Tests that need to stop or kill
 * the server start one of their own (`startServers`) and make the database there.
 */
import { randomUUID } from 'node:crypto';
import { type MigrateOptions, migrate, openPool, type roles, setUpDatabase } from '@fluxo/postgres';
import { asRole } from '../stack/addresses.ts';
import { sharedPostgres } from './servers.ts';

/** A role, or the administrator of the server. */
export type Role = (typeof roles)[keyof typeof roles] | 'postgres';

const TIMEOUT_MS = 20_000;

export class TestDatabase {
  readonly name: string;
  readonly #server: string;

  private constructor(server: string, name: string) {
    this.#server = server;
    this.name = name;
  }

  /** With the tables of this release, or with those of its first `count` migrations. */
  static async create({
    server,
    count,
  }: {
    readonly server?: string;
    readonly count?: number;
  } = {}): Promise<TestDatabase> {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    const database = new TestDatabase(server ?? (await sharedPostgres()), name);
    const admin = database.#admin;
    await setUpDatabase({
      admin,
      database: name,
      password: decodeURIComponent(new URL(database.#server).password),
    });
    if (count !== 0) await database.migrate(count === undefined ? {} : { count });
    return database;
  }

  url(role: Role): string {
    return asRole(this.#server, role, this.name);
  }

  migrate(options: Pick<MigrateOptions, 'count'> = {}): Promise<readonly string[]> {
    return migrate({ url: this.url('fluxo_owner'), ...options });
  }

  /** One statement in a connection of its own; its rows. */
  async query<Row extends object>(
    role: Role,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const pool = openPool({ url: this.url(role), name: 'test', connectionsMax: 1, timeoutMs: TIMEOUT_MS });
    try {
      return (await pool.query<Row>(sql, [...values])).rows;
    } finally {
      await pool.end();
    }
  }

  async drop(): Promise<void> {
    const pool = openPool({ url: this.#admin, name: 'test', connectionsMax: 1, timeoutMs: TIMEOUT_MS });
    await pool.query(`DROP DATABASE ${this.name} WITH (FORCE)`);
    await pool.end();
  }

  get #admin(): string {
    return asRole(this.#server, 'postgres', 'postgres');
  }
}
