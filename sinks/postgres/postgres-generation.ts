/**
 * A new generation of the read tables, built in a schema of its own by `PostgresStore` and then put in the place of the one that readers use, in
 * one transaction (decision 0038). The new one holds at least what the old one did at that moment, so nobody sees an older revision; the
 * sinks at work find their positions as ever. A connection of its own holds the right to do this, and loses it with its process: whatever
 * that leaves behind, the next one drops.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  copyReadTables,
  dependentsOfReadTables,
  exchangeReadTables,
  isSchemaMissing,
  isTransient,
  openConnection,
  READ_SCHEMA,
  readTables,
} from '@fluxo/postgres';
import { RetriableSinkError, SinkRefusedError } from '../engine/sink.ts';

/** Known to every rebuild: one at a time in a database. */
const REBUILD_LOCK = 4_160_002;
const SCHEMA = 'fluxo_rebuild';

/** Statistics of a large table take their time. */
const STATEMENT_TIMEOUT_MS = 3_600_000;
/** How long we wait for the sinks at work, then hold them up at most, and then leave them alone; well within the 20 s that they wait for a statement. */
const WRITERS_WAIT_MS = 5_000;
const HOLD_MS = 3_000;
const LET_GO_MS = 3_000;
/** How long readers may queue behind us. Shorter than the server takes to look for a deadlock, so that it is never a reader who is ended. */
const READERS_WAIT_MS = 200;
const LOOK_EVERY_MS = 50;

/** Lock not to be had in time, and ended because of a deadlock. */
const OCCUPIED = /^(55P03|40P01)$/;

/** $1: the partition. The sink at work writes none of these any more. */
const KEEP_FORGOTTEN = `
INSERT INTO ${SCHEMA}.rejections SELECT * FROM ${READ_SCHEMA}.rejections
WHERE partition = $1
  AND source_offset < (SELECT coalesce(min(source_offset), ${Number.MAX_SAFE_INTEGER}) FROM ${SCHEMA}.rejections WHERE partition = $1)`;

/** Where the tables stand that readers use. */
export type LivePosition = {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
};

export type SwitchOptions = {
  /** Where the topic's partition ends now; a position beyond it was never written from this topic. */
  readonly endOffset: (topic: string, partition: number) => Promise<number>;
  readonly signal: AbortSignal;
  /** Told why it has to be tried again. */
  readonly onWaiting: (why: string) => void;
};

type Connection = Awaited<ReturnType<typeof openConnection>>;

export class PostgresGeneration {
  /** Where it is being built, for a `PostgresStore` that comes as the owner. */
  readonly schema = SCHEMA;
  readonly #connection: Connection;
  /** Those that the old tables had seen when the new ones were made like them. */
  readonly #migrations: string;

  private constructor(connection: Connection, migrations: string) {
    this.#connection = connection;
    this.#migrations = migrations;
  }

  /**
   * Makes the empty tables; `url` with the role that owns the old ones. Fails with `SinkRefusedError` if another rebuild is at work, the tables are
   * missing, the role may not, or others have hung views on them: then nothing has been changed.
   */
  static async begin(url: string): Promise<PostgresGeneration> {
    const connection = await connected(url);
    try {
      await demandAlone(connection);
      await demandNoDependents(connection);
      const migrations = await migrationsOf(connection);
      await copyReadTables(connection, SCHEMA);
      return new PostgresGeneration(connection, migrations);
    } catch (error) {
      await connection.end();
      throw isSchemaMissing(error) ? refusedByServer(error as Error) : error;
    }
  }

  /**
   * Takes over the refusals of these partitions that are older than the first one the new tables have: the topic has forgotten them, so they are
   * nowhere else. To be called once the new tables are full, with the partitions whose topic does not begin at its beginning any more.
   */
  async keepForgotten(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) await this.#connection.query(KEEP_FORGOTTEN, [partition]);
  }

  /**
   * Resolves when readers see this generation. What fills it must go on working meanwhile, and may fail as soon as this is done. Fails with
   * `SinkRefusedError` if the old tables have been migrated since `begin`: the new ones would undo that, and no migration runs twice.
   */
  async switch(options: SwitchOptions): Promise<void> {
    for (const table of readTables) await this.#connection.query(`VACUUM (ANALYZE) ${SCHEMA}.${table}`);
    for (;;) {
      const obstacle = await this.#attempt(options);
      if (obstacle === null) return;
      options.onWaiting(obstacle);
      await sleep(LET_GO_MS, undefined, { signal: options.signal });
    }
  }

  /** Takes away what has been built; readers see nothing of it. */
  async discard(): Promise<void> {
    await this.#connection.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#connection.end().catch(() => undefined);
  }

  /** Null if it is done; why not if it has to be tried again. */
  async #attempt(options: SwitchOptions): Promise<string | null> {
    try {
      await this.#connection.query('BEGIN');
      await this.#connection.query(`SET LOCAL lock_timeout = '${WRITERS_WAIT_MS}ms'`);
      await this.#connection.query(`LOCK TABLE ${READ_SCHEMA}.positions IN EXCLUSIVE MODE`);
      const deadlineMs = performance.now() + HOLD_MS;
      if (!(await this.#catchesUp(options, deadlineMs)))
        return await this.#letGo('the new tables are behind');
      while (!(await this.#exchange()))
        if (performance.now() >= deadlineMs) return await this.#letGo('somebody reads for long');
        else await sleep(LOOK_EVERY_MS, undefined, { signal: options.signal });
      // With the tables locked, so that whoever migrates comes before this, or to the new ones.
      if ((await migrationsOf(this.#connection)) !== this.#migrations) throw migratedMeanwhile();
      await this.#connection.query('COMMIT');
      return null;
    } catch (error) {
      await this.#connection.query('ROLLBACK').catch(() => undefined);
      if (isOccupied(error)) return 'a sink writes for long';
      throw error;
    }
  }

  async #letGo(why: string): Promise<string> {
    await this.#connection.query('ROLLBACK');
    return why;
  }

  /** Whether the new tables come to stand where the old ones do, which stand still. */
  async #catchesUp({ endOffset, signal }: SwitchOptions, deadlineMs: number): Promise<boolean> {
    const goals: LivePosition[] = [];
    for (const live of await this.#positions(READ_SCHEMA)) {
      const end = await endOffset(live.topic, live.partition);
      goals.push({ ...live, nextOffset: Math.min(live.nextOffset, end) });
    }
    while (performance.now() < deadlineMs) {
      const stands = new Map((await this.#positions(SCHEMA)).map((each) => [keyOf(each), each.nextOffset]));
      if (goals.every((goal) => (stands.get(keyOf(goal)) ?? 0) >= goal.nextOffset)) return true;
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
    return false;
  }

  async #positions(schema: string): Promise<readonly LivePosition[]> {
    const { rows } = await this.#connection.query<LivePosition>(
      `SELECT topic, partition, next_offset AS "nextOffset" FROM ${schema}.positions`,
    );
    return rows;
  }

  /** False if somebody holds one of the tables. */
  async #exchange(): Promise<boolean> {
    await this.#connection.query('SAVEPOINT before');
    try {
      await exchangeReadTables(this.#connection, { schema: SCHEMA, lockMs: READERS_WAIT_MS });
      return true;
    } catch (error) {
      if (!isOccupied(error)) throw error;
      await this.#connection.query('ROLLBACK TO SAVEPOINT before');
      return false;
    }
  }
}

async function connected(url: string): Promise<Connection> {
  try {
    return await openConnection({ url, name: 'fluxo rebuild', timeoutMs: STATEMENT_TIMEOUT_MS });
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new RetriableSinkError(`Postgres does not take this now: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function demandAlone(connection: Connection): Promise<void> {
  const { rows } = await connection.query<{ isAlone: boolean }>(
    'SELECT pg_try_advisory_lock($1) AS "isAlone"',
    [REBUILD_LOCK],
  );
  if (rows[0]?.isAlone === true) return;
  throw new SinkRefusedError(
    'another rebuild of this database is at work, and two would take each other’s tables. Wait for its end, or end it; then begin this one.',
  );
}

async function demandNoDependents(connection: Connection): Promise<void> {
  const dependents = await dependentsOfReadTables(connection);
  if (dependents.length === 0) return;
  throw new SinkRefusedError(
    `others have hung views on the tables (${dependents.join(', ')}), which would go with them. Drop them, rebuild, and make them again.`,
  );
}

async function migrationsOf(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ names: string }>(
    `SELECT string_agg(name, ' ' ORDER BY name) AS names FROM ${READ_SCHEMA}.migrations`,
  );
  return rows[0]?.names ?? '';
}

function migratedMeanwhile(): SinkRefusedError {
  return new SinkRefusedError(
    'the tables have been migrated since this rebuild began, so the new ones are those of the release before. Readers see the old ones, as before; begin the rebuild again, with the new release.',
  );
}

function refusedByServer(cause: Error): SinkRefusedError {
  return new SinkRefusedError(
    `the database does not let this role make the tables anew: ${cause.message}. It takes the role that owns them (fluxo_owner): name its address in FLUXO_POSTGRES. ` +
      'Where tables are missing, run the migrations first (node postgres/main.ts).',
    { cause },
  );
}

function isOccupied(error: unknown): boolean {
  return OCCUPIED.test(String((error as { code?: unknown } | null)?.code));
}

function keyOf({ topic, partition }: LivePosition): string {
  return `${topic}-${partition}`;
}
