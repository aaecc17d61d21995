/**
 * The Postgres database as a store of the sinks: a write and the move of its positions are one transaction, so that rows and positions
 * are never apart. It knows positions and transactions, not what a row says. Every failure that time can heal comes out as
 * `RetriableSinkError`; nothing is repeated in here. A commit whose answer was lost shows at the next write: the position has moved.
 */
import {
  inTransaction,
  isSchemaMissing,
  isTransient,
  openPool,
  type Pool,
  type PoolClient,
  READ_SCHEMA,
} from '@fluxo/postgres';
import { PositionLostError, RetriableSinkError, type SinkBatch, SinkRefusedError } from '../engine/sink.ts';

/** A statement that takes longer counts as failed: the server cancels it, or its answer is not waited for. */
const TIMEOUT_MS = 20_000;

/** One to write; a second so that the end of a transaction on a broken connection does not block the next one. */
const CONNECTIONS_MAX = 2;

type Positions = ReadonlyMap<number, number>;

/** What of `positions` stands where the batches believe it does. */
const STANDING = `
SELECT count(*)::integer AS standing FROM positions AS stored
JOIN json_to_recordset($2) AS given (partition integer, from_offset bigint, is_complete boolean) USING (partition)
WHERE stored.topic = $1 AND stored.next_offset = given.from_offset AND stored.is_complete = given.is_complete`;

const MOVE = `
UPDATE positions AS stored SET next_offset = given.next_offset, is_complete = given.is_complete
FROM json_to_recordset($2)
  AS given (partition integer, from_offset bigint, next_offset bigint, is_complete boolean)
WHERE stored.topic = $1 AND stored.partition = given.partition AND stored.next_offset = given.from_offset
RETURNING stored.partition`;

const BEGIN_AT = `
INSERT INTO positions (topic, partition, next_offset, is_complete)
SELECT $1, partition, next_offset, is_complete
FROM json_to_recordset($2) AS given (partition integer, next_offset bigint, is_complete boolean)
ON CONFLICT DO NOTHING
RETURNING partition`;

export class PostgresStore {
  readonly #pool: Pool;
  /** Partitions of which Postgres holds no position yet. */
  readonly #unwritten = new Set<number>();

  /**
   * `url` with the role of the sink. One store serves one topic. Connects when first asked for something. `schema`: where its tables are; no
   * statement of a sink names it.
   */
  constructor(url: string, name: string, schema: string = READ_SCHEMA) {
    this.#pool = openPool({ url, name, connectionsMax: CONNECTIONS_MAX, timeoutMs: TIMEOUT_MS, schema });
  }

  /** How far these partitions of the topic have been written. Fails with `sink-refused` where the tables are missing. */
  async open(topic: string, partitions: readonly number[]): Promise<Positions> {
    return this.#translated(async () => {
      const { rows } = await this.#pool.query<{ partition: number; next_offset: number }>(
        'SELECT partition, next_offset FROM positions WHERE topic = $1 AND partition = ANY ($2)',
        [topic, [...partitions]],
      );
      const positions = new Map(rows.map(({ partition, next_offset }) => [partition, next_offset]));
      this.#unwritten.clear();
      for (const partition of partitions) if (!positions.has(partition)) this.#unwritten.add(partition);
      return positions;
    });
  }

  /**
   * Moves the positions and runs `work`, in one transaction. Fails with `PositionLostError` if a partition stands elsewhere than at
   * `fromOffset`; nothing is written then. The moved rows stay locked to the end: whoever writes the same partition waits, and is
   * told so.
   */
  async write<T>(
    topic: string,
    batches: readonly SinkBatch[],
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> {
    return this.#translated(async () => {
      const result = await inTransaction(this.#pool, async (client) => {
        await this.#move(client, topic, batches);
        return work(client);
      });
      for (const { partition } of batches) this.#unwritten.delete(partition);
      return result;
    });
  }

  /** The same for batches that write nothing. What is as it should be is looked at and left alone. */
  async confirm(topic: string, batches: readonly SinkBatch[]): Promise<void> {
    const isUnmoved = batches.every(({ fromOffset, nextOffset }) => fromOffset === nextOffset);
    if (isUnmoved && (await this.#stands(topic, batches))) return;
    await this.write(topic, batches, async () => undefined);
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#pool.end().catch(() => undefined);
  }

  async #stands(topic: string, batches: readonly SinkBatch[]): Promise<boolean> {
    return this.#translated(async () => {
      const { rows } = await this.#pool.query<{ standing: number }>(STANDING, [topic, asJson(batches)]);
      return rows[0]?.standing === batches.length;
    });
  }

  async #move(client: PoolClient, topic: string, batches: readonly SinkBatch[]): Promise<void> {
    const beginning = batches.filter(({ partition }) => this.#unwritten.has(partition));
    const going = batches.filter(({ partition }) => !this.#unwritten.has(partition));
    const moved = new Set<number>();
    for (const [statement, part] of [
      [BEGIN_AT, beginning],
      [MOVE, going],
    ] as const) {
      if (part.length === 0) continue;
      const { rows } = await client.query<{ partition: number }>(statement, [topic, asJson(part)]);
      for (const { partition } of rows) moved.add(partition);
    }
    const elsewhere = batches.find(({ partition }) => !moved.has(partition));
    if (elsewhere !== undefined) throw positionLost(topic, elsewhere.partition);
  }

  async #translated<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (isSchemaMissing(error)) throw schemaMissing(error as Error);
      if (!isTransient(error)) throw error;
      throw new RetriableSinkError(`Postgres does not take this now: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

function asJson(batches: readonly SinkBatch[]): string {
  return JSON.stringify(
    batches.map(({ partition, fromOffset, nextOffset, isComplete }) => ({
      partition,
      from_offset: fromOffset,
      next_offset: nextOffset,
      is_complete: isComplete,
    })),
  );
}

function positionLost(topic: string, partition: number): PositionLostError {
  return new PositionLostError(
    `Postgres does not stand where this process left it in ${topic}-${partition}: it was emptied, set back to an older copy or written by another process. ` +
      'Nothing to do: the tables are written again from where Postgres says they stand.',
  );
}

function schemaMissing(cause: Error): SinkRefusedError {
  return new SinkRefusedError(
    `the database is not ready for this release: ${cause.message}. Run the migrations (node postgres/main.ts; the stack does so when it starts), ` +
      'and point FLUXO_POSTGRES at the database they made, with the role of the sink.',
    { cause },
  );
}
