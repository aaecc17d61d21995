/**
 * The Postgres sinks over a database of this test alone, and what the processor could have published, for their tests. Needs Postgres;
 * no Kafka: batches are given to the sinks as their loop would give them.
 */
import { LocalRegistry, openTopicCodecs, registerSchemas } from '@fluxo/kafka';
import { allTopics, type EntryPosted, type SubmissionRejected } from '@fluxo/schemas';
import {
  PostgresBalanceSink,
  PostgresLedgerSink,
  PostgresMerchantSink,
  PostgresRejectionSink,
  PostgresStore,
  type ReturnedId,
  type Sink,
} from '@fluxo/sinks';
import { dayOf } from '../../query-api/views/view-fixtures.ts';
import { TestDatabase } from '../../testing/test-database.ts';

const TABLES = [
  'ledger',
  'daily_balances',
  'balance_accounts',
  'balance_totals',
  'balance_kinds',
  'balance_methods',
  'merchants',
  'merchant_accounts',
  'merchant_calendar',
  'rejections',
] as const;

const registry = new LocalRegistry();
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
    const tables = [...TABLES, 'positions'].map((table) => `fluxo.${table}`).join(', ');
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

export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function anEntry(change: Partial<EntryPosted> = {}): EntryPosted {
  return {
    merchantId: 'm-1',
    ledgerSeq: 2,
    recordedAt: Date.UTC(2026, 2, 1, 15, 30, 0, 123),
    sourceOffset: 7,
    entryId: uuid(1),
    leg: 'SINGLE',
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'PIX',
    amountMinor: 1_000_000_000_000,
    currency: 'BRL',
    occurredAt: Date.UTC(2026, 2, 1, 15),
    submittedAt: Date.UTC(2026, 2, 1, 15, 1, 2, 3),
    businessDate: dayOf('2026-03-01'),
    originalBusinessDate: null,
    reversesEntryId: null,
    purpose: null,
    reason: null,
    description: 'pão "de" \\ queijo \u{1F9C0}',
    externalId: null,
    source: { system: 'till', deviceId: null, sequence: 2 ** 53 - 1 },
    prevHash: Buffer.alloc(32, 1),
    hash: Buffer.alloc(32, 2),
    ...change,
  };
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
