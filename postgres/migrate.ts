/**
 * Brings the tables to what this release wants: the files of `migrations/` that a database has not seen, in the order of their
 * numbers, each in a transaction of its own, one process at a time. Forward only: a released file never changes, and what was wrong
 * is put right by the next one.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';

const folder = fileURLToPath(new URL('migrations', import.meta.url));

export type MigrateOptions = {
  /** `postgres://…` of the owner. */
  readonly url: string;
  /** How many of the missing ones; all of them by default. */
  readonly count?: number;
  readonly log?: (line: string) => void;
};

/** The names of the migrations that were run now. Fails with PostgreSQL's reason; the one that failed has changed nothing. */
export async function migrate({
  url,
  count = Number.POSITIVE_INFINITY,
  log = () => {},
}: MigrateOptions): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  // A connection that breaks shows in the statement that runs on it; the event alone would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const run = await runner({
      dbClient: client,
      dir: folder,
      direction: 'up',
      count,
      schema: 'fluxo',
      createSchema: true,
      migrationsSchema: 'fluxo',
      createMigrationsSchema: true,
      migrationsTable: 'migrations',
      singleTransaction: false,
      checkOrder: true,
      advisoryLockMode: 'wait',
      logger: { debug: () => {}, info: () => {}, warn: log, error: log },
    });
    return run.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The names of all migrations of this release, in their order. */
export async function migrationNames(): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files.flatMap((file) => (file.endsWith('.sql') ? [file.slice(0, -'.sql'.length)] : [])).toSorted();
}
