/**
 * Connections to Postgres as all programs of Fluxo have them: bounded in number and in time, with values in the types of the code: bigint
 * is a safe integer or an error, an instant is epoch milliseconds, a date stays `YYYY-MM-DD`.
 */
import { Client, Pool, type PoolClient, type PoolConfig, TypeOverrides, types } from 'pg';
import { isOfStandby } from './failures.ts';

export type { Pool, PoolClient } from 'pg';

const { INT8, DATE, TIMESTAMPTZ } = types.builtins;

const valueTypes = new TypeOverrides();
valueTypes.setTypeParser(INT8, safeInteger);
valueTypes.setTypeParser(DATE, (text) => text);
valueTypes.setTypeParser(TIMESTAMPTZ, instant);

export type PoolOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** How the server names this program in its views. */
  readonly name: string;
  readonly connectionsMax: number;
  /** How long a connection, and then each statement, may take. */
  readonly timeoutMs: number;
  /** Where names without a schema are looked for; by default nowhere but among the server's own. */
  readonly schema?: string;
};

/** A pool that connects when first asked. */
export function openPool({ connectionsMax, ...options }: PoolOptions): Pool {
  const pool = new Pool({ ...configOf(options), max: connectionsMax, allowExitOnIdle: true });
  // A connection that breaks shows in the statement that runs on it, or is replaced at the next use; an error event that nobody
  // listens to would end the process. The pool listens only while a connection is idle.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

/**
 * How long the server keeps the locks of a machine that has vanished without a word: three minutes, also where it waits for an answer, as to a
 * NOTIFY. No sooner: within that time whoever holds them notices, and stops what it does under them.
 */
const VANISHED_AFTER =
  '-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=30 -c tcp_keepalives_count=5 -c tcp_user_timeout=180000';

/** One connection outside any pool: for LISTEN and for locks that live as long as it does. */
export async function openConnection(options: Omit<PoolOptions, 'connectionsMax'>): Promise<Client> {
  const config = configOf(options);
  const client = new Client({ ...config, options: `${config.options ?? ''} ${VANISHED_AFTER}` });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * Begins a transaction whose statements all see one moment, and can change nothing. The lock comes before the moment: tables that are
 * exchanged for a new generation (`fluxo rebuild postgres`) are exchanged before it or after the end, never in between.
 */
export const BEGIN_SNAPSHOT =
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE fluxo.positions IN ACCESS SHARE MODE';

const kinds = { usual: 'BEGIN', snapshot: BEGIN_SNAPSHOT } as const;

/** Runs `work` in one transaction. A failure rolls it back; a connection whose state is unknown, or that leads to a standby, is not used again. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  kind: keyof typeof kinds = 'usual',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(kinds[kind]);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => (isOfStandby(error) ? (error as Error) : undefined),
      (failure: Error) => failure,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

function configOf({ url, name, timeoutMs, schema }: Omit<PoolOptions, 'connectionsMax'>): PoolConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    // The server keeps its own time; this one is for a server that has stopped answering.
    query_timeout: timeoutMs + timeoutMs / 2,
    keepAlive: true,
    options: `-c timezone=UTC${schema === undefined ? '' : ` -c search_path=${schema}`}`,
    types: valueTypes,
  };
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(
    `${text} is beyond ±(2^53 − 1): whoever wrote it into the database broke the rule of spec.md 2.1`,
  );
}

/** The server speaks ISO with a space, and hours alone as the offset. */
function instant(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}:00`);
}
