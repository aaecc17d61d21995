/**
 * What a database is compared with this release: migrations it has not seen, migrations this release does not know, roles it lacks, and
 * what time it has. Only looks; `main.ts` is what puts it right.
 */
import { openConnection } from './connections.ts';
import { migrationNames } from './migrate.ts';
import { roles } from './roles.ts';

export type DatabaseState = {
  /** Of this release, and not run here. */
  readonly missingMigrations: readonly string[];
  /** Run here by a later release. */
  readonly unknownMigrations: readonly string[];
  readonly missingRoles: readonly string[];
  /** The server's clock, epoch milliseconds. */
  readonly nowMs: number;
};

export type StateQuestion = { readonly url: string; readonly timeoutMs: number };

/** Asks with a role that may read the list of migrations, which is its owner's. Fails with PostgreSQL's reason. */
export async function databaseState({ url, timeoutMs }: StateQuestion): Promise<DatabaseState> {
  const client = await openConnection({ url, name: 'fluxo-doctor', timeoutMs });
  try {
    const clock = await client.query<{ now: number }>('SELECT now()');
    const found = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
    const run = await client.query<{ name: string }>('SELECT name FROM fluxo.migrations');
    const released = await migrationNames();
    const names = run.rows.map(({ name }) => name);
    const present = found.rows.map(({ rolname }) => rolname);
    return {
      missingMigrations: released.filter((name) => !names.includes(name)),
      unknownMigrations: names.filter((name) => !released.includes(name)),
      missingRoles: Object.values(roles).filter((role) => !present.includes(role)),
      nowMs: clock.rows[0]?.now ?? Number.NaN,
    };
  } finally {
    await client.end();
  }
}
