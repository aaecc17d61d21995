/**
 * Databases in the cloud have no superuser to give: the administrator there makes roles and databases, and has no other power. On a Postgres of
 * its own, because roles belong to a server. Needs Postgres.
 */
import { migrate, openPool, roles, setUpDatabase } from '@fluxo/postgres';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asRole } from '../../stack/addresses.ts';
import { type Servers, startServers } from '../../testing/servers.ts';

const STEP_MS = 120_000;
let servers: Servers;
let admin: string;

beforeAll(async () => {
  servers = await startServers({ postgres: true });
  await run(asRole(servers.postgres, 'postgres', 'postgres'), [
    "CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB NOSUPERUSER PASSWORD 'of-the-admin'",
  ]);
  const url = new URL(servers.postgres);
  [url.username, url.password, url.pathname] = ['cloud_admin', 'of-the-admin', '/postgres'];
  admin = url.href;
}, STEP_MS);

afterAll(async () => {
  await servers.stop();
}, STEP_MS);

async function run(url: string, statements: readonly string[]): Promise<void> {
  const pool = openPool({ url, name: 'test', connectionsMax: 1, timeoutMs: 20_000 });
  try {
    for (const statement of statements) await pool.query(statement);
  } finally {
    await pool.end();
  }
}

function urlOf(role: string, password: string): string {
  const url = new URL(servers.postgres);
  [url.username, url.password, url.pathname] = [role, password, '/cash'];
  return url.href;
}

test(
  'sets up roles, database and tables, and gives new passwords when it is run again',
  async () => {
    await setUpDatabase({ admin, database: 'cash', password: 'of-before' });
    await migrate({ url: urlOf(roles.owner, 'of-before') });
    await setUpDatabase({ admin, database: 'cash', password: 'of-now' });
    expect(await migrate({ url: urlOf(roles.owner, 'of-now') })).toEqual([]);
    for (const role of Object.values(roles)) await run(urlOf(role, 'of-now'), ['SELECT 1']);
    await expect(run(urlOf(roles.sink, 'of-before'), ['SELECT 1'])).rejects.toMatchObject({ code: '28P01' });
  },
  STEP_MS,
);
