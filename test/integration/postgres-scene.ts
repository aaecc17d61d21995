/**
 * The Postgres sinks over a database of this test alone, and what the processor could have published, for their tests. Needs Postgres;
 * no Kafka: batches are given to the sinks as their loop would give them.
 */
import { LocalRegistry, openTopicCodecs, registerSchemas } from '@fluxo/kafka';
import { readTables } from '@fluxo/postgres';
import { allTopics, type SubmissionRejected } from '@fluxo/schemas';
import {
  PostgresBalanceSink,
  PostgresLedgerSink,
  PostgresMerchantSink,
  PostgresRejectionSink,
  PostgresStore,
  type ReturnedId,
  type Sink,
} from '@fluxo/sinks';
import { TestDatabase } from '../../testing/test-database.ts';

/** All but how far each was written. */
const TABLES = readTables.filter((table) => table !== 'positions');

export const registry = new LocalRegistry();
await registerSchemas(registry, allTopics);
export const codecs = await openTopicCodecs(registry);

export class PostgresScene {
  readonly database: TestDatabase;
  /** What the ledger sinks have told since the last `lose`. */
  returned: ReturnedId[] = [];
  readonly #sinks: Sink[] = [];

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async open(): Promise<PostgresScene> {
    return new PostgresScene(await TestDatabase.create());
  }

  async close(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close()));
    await this.database.drop();
  }

  /** Empties all tables. */
  async lose(): Promise<void> {
    this.returned = [];
    const tables = readTables.map((table) => `fluxo.${table}`).join(', ');
    await this.database.query('fluxo_owner', `TRUNCATE ${tables}`);
  }

  /** All rows of all tables, but for positions. */
  async contents(): Promise<unknown> {
    const rows: Record<string, unknown> = {};
    for (const table of TABLES)
      rows[table] = await this.query(
        `SELECT row_to_json(t)::text AS row FROM fluxo.${table} AS t ORDER BY 1`,
      );
    return rows;
  }

  /** Rows, as who may see all of them. */
  query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.database.query<Row>('fluxo_auditor', sql, values);
  }

  readonly ledgerSink = () =>
    this.#opened(new PostgresLedgerSink(this.#store(), codecs.ledger, (more) => this.returned.push(...more)));
  readonly balanceSink = () => this.#opened(new PostgresBalanceSink(this.#store(), codecs.dailyBalances));
  readonly merchantSink = () => this.#opened(new PostgresMerchantSink(this.#store(), codecs.merchants));
  readonly rejectionSink = () => this.#opened(new PostgresRejectionSink(this.#store(), codecs));

  #store(): PostgresStore {
    return new PostgresStore(this.database.url('fluxo_sink'), 'test');
  }

  #opened<S extends Sink>(sink: S): S {
    this.#sinks.push(sink);
    return sink;
  }
}

export function aRejection(change: Partial<SubmissionRejected> = {}): SubmissionRejected {
  return {
    code: 'malformed',
    detail: 'no wire format',
    sourceOffset: 1,
    recordedAt: Date.UTC(2026, 2, 1, 15),
    key: Buffer.from('m-1'),
    value: Buffer.from('hello'),
    valueSha256: Buffer.alloc(32, 3),
    ...change,
  };
}
