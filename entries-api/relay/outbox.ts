/**
 * The outbox in Postgres as a relay sees it: over one connection that holds the locks of the lanes it works on, and listens. When that
 * connection breaks or its process dies, PostgreSQL lets the lanes go, and another relay goes on.
 */
import { openConnection } from '@fluxo/postgres';

/** Of the advisory locks, one per lane. */
const LOCK_CLASS = 4_160_002;

/** Lanes in which something waits, in any order, so that relays do not run after each other; none of $2. */
const WAITING = `
SELECT lane FROM generate_series(0, $1 - 1) AS lane
WHERE lane <> ALL ($2::integer[]) AND EXISTS (SELECT FROM fluxo.outbox AS waiting WHERE waiting.lane = lane.lane)
ORDER BY random()`;

/** One lane in a statement: within a larger one PostgreSQL may try locks whose rows it then leaves out. */
const CLAIM = `SELECT pg_try_advisory_lock(${LOCK_CLASS}, $1) AS is_claimed`;

const TAKE = `
SELECT seq, lane, type, value, traceparent FROM fluxo.outbox WHERE lane = ANY ($1::smallint[]) ORDER BY seq LIMIT $2`;

/** A count of everything would cost most when the most waits. */
const COUNTED_MAX = 100_000;
const COUNT = 'SELECT count(*)::integer AS count FROM (SELECT FROM fluxo.outbox LIMIT $1) AS counted';

const OLDEST = 'SELECT seq, lane, type, value, traceparent FROM fluxo.outbox ORDER BY seq LIMIT 1';

const REMOVE = 'DELETE FROM fluxo.outbox WHERE seq = ANY ($1::bigint[])';

const RELEASE = `SELECT pg_advisory_unlock(${LOCK_CLASS}, lane) FROM unnest($1::integer[]) AS lane`;

const FORGOTTEN_AT_ONCE = 5_000;

/** The oldest of what is older than $1 days: $2 rows, and those of the same instant as the last of them. */
const forgetting = (table: string, age: string): string => `
DELETE FROM fluxo.${table} WHERE ${age} <= (
  SELECT max(${age}) FROM (
    SELECT ${age} FROM fluxo.${table} WHERE ${age} < now() - $1 * interval '1 day' ORDER BY ${age} LIMIT $2) AS oldest)`;

export type OutboxRow = {
  readonly seq: number;
  readonly lane: number;
  readonly type: string;
  readonly value: unknown;
  /** Of W3C Trace Context; null: of no trace that is recorded. */
  readonly traceparent: string | null;
};

export type OutboxOptions = {
  /** `postgres://…` with the role of the relay. */
  readonly url: string;
  readonly name: string;
  /** Called when something may have come. */
  readonly onRing: () => void;
};

type Connection = Awaited<ReturnType<typeof openConnection>>;

export class Outbox {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async connect({ url, name, onRing }: OutboxOptions): Promise<Outbox> {
    const connection = await openConnection({ url, name, timeoutMs: 10_000 });
    connection.on('notification', () => onRing());
    const outbox = new Outbox(connection);
    try {
      await connection.query('LISTEN fluxo_outbox');
    } catch (error) {
      // A standby takes connections, and lets nobody listen.
      await outbox.close();
      throw error;
    }
    return outbox;
  }

  /** Takes at most so many of the lanes in which something waits and nobody works, but none of those to leave out; which they are. */
  async claim(lanes: number, claimsMax: number, leftOut: readonly number[] = []): Promise<readonly number[]> {
    const { rows } = await this.#connection.query<{ lane: number }>(WAITING, [lanes, leftOut]);
    const claimed: number[] = [];
    for (const { lane } of rows) {
      if (claimed.length === claimsMax) break;
      const answer = await this.#connection.query<{ is_claimed: boolean }>(CLAIM, [lane]);
      if (answer.rows[0]?.is_claimed === true) claimed.push(lane);
    }
    return claimed;
  }

  /** Fails where the connection is gone, and the claims with it. */
  async assertHeld(): Promise<void> {
    await this.#connection.query('SELECT');
  }

  /** The next rows of lanes that were claimed, in order. */
  async take(lanes: readonly number[], rowsMax: number): Promise<readonly OutboxRow[]> {
    return (await this.#connection.query<OutboxRow>(TAKE, [lanes, rowsMax])).rows;
  }

  /** How many rows wait, counted up to a limit, and the oldest of them; null: none does. */
  async waiting(): Promise<{ readonly rows: number; readonly oldest: OutboxRow | null }> {
    const { rows } = await this.#connection.query<{ count: number }>(COUNT, [COUNTED_MAX]);
    const oldest = await this.#connection.query<OutboxRow>(OLDEST);
    return { rows: rows[0]?.count ?? 0, oldest: oldest.rows[0] ?? null };
  }

  async remove(rows: readonly OutboxRow[]): Promise<void> {
    await this.#connection.query(REMOVE, [rows.map(({ seq }) => seq)]);
  }

  async release(lanes: readonly number[]): Promise<void> {
    await this.#connection.query(RELEASE, [lanes]);
  }

  /** Forgets what is older than this many days, a piece at a time, so that nothing waits for it. Returns how many rows went. */
  async forget(days: { readonly keys: number; readonly submissions: number }): Promise<number> {
    const keys = await this.#forgetFrom('idempotency_keys', 'accepted_at', days.keys);
    return keys + (await this.#forgetFrom('submissions', 'submitted_at', days.submissions));
  }

  async #forgetFrom(table: string, age: string, days: number): Promise<number> {
    let rows = 0;
    for (let isMore = true; isMore; ) {
      const { rowCount } = await this.#connection.query(forgetting(table, age), [days, FORGOTTEN_AT_ONCE]);
      rows += rowCount ?? 0;
      isMore = (rowCount ?? 0) >= FORGOTTEN_AT_ONCE;
    }
    return rows;
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#connection.end().catch(() => undefined);
  }
}
