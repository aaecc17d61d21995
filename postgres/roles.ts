/**
 * Who comes to the database, and for what; the migrations grant each role what it needs and nothing else. Roles belong to the server,
 * not to a database, so they are made here, by an administrator, before the first migration. In the cloud the infrastructure
 * does the same with passwords of its own.
 */
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** The owner of everything: runs migrations, and nothing else comes by it. */
export const OWNER_ROLE = 'fluxo_owner';

export const roles = {
  owner: OWNER_ROLE,
  /** `sinks/postgres`: writes the read tables. */
  sink: 'fluxo_sink',
  /** The entries API: adds to its own tables, reads what became of submissions. */
  entries: 'fluxo_entries',
  /** The outbox relay: takes from the outbox. */
  relay: 'fluxo_relay',
  /** The read side: sees the merchants of its transaction. */
  reader: 'fluxo_reader',
  /** The audit: sees everything, changes nothing. */
  auditor: 'fluxo_auditor',
} as const;

/** Two who set up the same server take turns. */
const SET_UP_LOCK = 4_160_001;

export type SetUp = {
  /** `postgres://…` of an administrator, to any database of the server. */
  readonly admin: string;
  readonly database: string;
  /** Of every role. */
  readonly password: string;
};

/** Makes the roles and the database where they are missing; what is there keeps what it has, but for the password. */
export async function setUpDatabase({ admin, database, password }: SetUp): Promise<void> {
  const client = new Client({ connectionString: admin });
  // A connection that breaks shows in the statement that runs on it; the event alone would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [SET_UP_LOCK]);
    for (const role of Object.values(roles)) await ensureRole(client, role, password);
    await ensureDatabase(client, database);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const name = escapeIdentifier(role);
  const secret = `LOGIN PASSWORD ${escapeLiteral(password)}`;
  await client.query(
    rowCount === 0
      ? `CREATE ROLE ${name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS ${secret}`
      : // Only a superuser may say again what a role must not be; the administrator of a database in the cloud is none.
        `ALTER ROLE ${name} ${secret}`,
  );
}

async function ensureDatabase(client: Client, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  // Since PostgreSQL 16 whoever makes a role and is no superuser may give it away, but may not act as it.
  await client.query(`GRANT ${OWNER_ROLE} TO CURRENT_USER`);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${OWNER_ROLE}`);
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  const others = Object.values(roles).filter((role) => role !== OWNER_ROLE);
  await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${others.join(', ')}`);
}
