/**
 * The entries API over a database of this test alone, asked by injection: no port, no Kafka, no relay. What the sinks would write of a
 * submission the test writes itself. Needs Postgres.
 */
import { buildApp, servicesOver } from '@fluxo/entries-api';
import { Shutdown } from '@fluxo/http';
import type { Access } from '@fluxo/identity';
import { openConnection } from '@fluxo/postgres';
import { Registry } from '@fluxo/telemetry';
import { TestDatabase } from '../../testing/test-database.ts';

export type Call = {
  readonly method?: 'POST' | 'PUT' | 'GET';
  readonly path: string;
  /** A value as JSON, or text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Idempotency-Key; a new one by default, null for none. */
  readonly key?: string | null;
};

export type Answered = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
};

/** How a record of the ledger differs from the one that `post` writes by itself. */
export type Posting = {
  /** Null: as the latest submission of the id. */
  readonly submittedAt: string | null;
  readonly daysAgo: number;
  readonly ledgerSeq: number;
  readonly sourceOffset: number;
  readonly leg: 'SINGLE' | 'FROM' | 'TO';
};

export const anEntry = {
  accountId: 'drawer',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 1_250,
  currency: 'BRL',
  occurredAt: '2026-11-24T10:00:00-03:00',
} as const;

export class EntriesScene {
  readonly database: TestDatabase;
  readonly failures: unknown[] = [];
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  readonly #close: () => Promise<void>;

  private constructor(
    database: TestDatabase,
    app: Awaited<ReturnType<typeof buildApp>>,
    failures: unknown[],
    close: () => Promise<void>,
  ) {
    this.database = database;
    this.app = app;
    this.failures = failures;
    this.#close = close;
  }

  /** On the shared Postgres, or on this `server`; with sign-in off, unless `access` checks tokens. `nowMs`: the API's clock. */
  static async open({
    server,
    access = 'off',
    nowMs = Date.now,
  }: {
    readonly server?: string;
    readonly access?: Access;
    readonly nowMs?: () => number;
  } = {}): Promise<EntriesScene> {
    const database = await TestDatabase.create(server === undefined ? {} : { server });
    const failures: unknown[] = [];
    const { services, store } = servicesOver({
      url: database.url('fluxo_entries'),
      name: 'entries-test',
      connectionsMax: 8,
    });
    const app = await buildApp({
      services: { ...services, nowMs },
      access,
      metrics: new Registry(),
      shutdown: new Shutdown(),
      readiness: async () => ({ ready: await store.isReady() }),
      reportFailure: (error) => failures.push(error),
    });
    return new EntriesScene(database, app, failures, async () => {
      await app.close();
      await store.close();
    });
  }

  async close(): Promise<void> {
    await this.#close();
    await this.database.drop();
  }

  async call({
    method = 'POST',
    path,
    body,
    headers = {},
    key = crypto.randomUUID(),
  }: Call): Promise<Answered> {
    const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const answer = await this.app.inject({
      method,
      url: `/v1/merchants/${path}`,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload }),
    });
    return {
      status: answer.statusCode,
      body: JSON.parse(answer.body) as Answered['body'],
      headers: answer.headers,
    };
  }

  /** What waits for a relay, in order. */
  async outbox(): Promise<
    readonly { readonly type: string; readonly value: Readonly<Record<string, unknown>> }[]
  > {
    return this.database.query('fluxo_relay', 'SELECT type, value FROM fluxo.outbox ORDER BY seq');
  }

  async empty(): Promise<void> {
    await this.database.query(
      'fluxo_owner',
      'TRUNCATE fluxo.outbox, fluxo.submissions, fluxo.idempotency_keys, fluxo.ledger, fluxo.rejections, fluxo.merchant_accounts',
    );
  }

  /** Runs the statement in a transaction that stays open until `release`. */
  async hold(sql: string): Promise<{ release: () => Promise<void> }> {
    const connection = await openConnection({
      url: this.database.url('fluxo_owner'),
      name: 'holder',
      timeoutMs: 60_000,
    });
    await connection.query('BEGIN');
    await connection.query(sql);
    return {
      release: async () => {
        await connection.query('ROLLBACK');
        await connection.end();
      },
    };
  }

  /** The latest submission of the id as the ledger sink would write it, with number 7; or one that was submitted at another time. */
  async post(
    id: string,
    {
      submittedAt = null,
      daysAgo = 0,
      ledgerSeq = 7,
      sourceOffset = 0,
      leg = 'SINGLE',
    }: Partial<Posting> = {},
  ): Promise<void> {
    await this.database.query(
      'fluxo_owner',
      `INSERT INTO fluxo.ledger (merchant_id, ledger_seq, record_type, record_id, leg, occurrence, recorded_at, partition, source_offset,
         account_id, direction, kind, payment_method, amount_minor, currency, occurred_at, submitted_at, business_date, source_system,
         prev_hash, hash)
       SELECT merchant_id, $3::integer, 'EntryPosted', submission_id, $5, $3::integer, now() - $6 * interval '1 day', 0, $4, 'drawer',
         'CREDIT', 'SALE', 'PIX', 1250, 'BRL', now(), coalesce($2, submitted_at), '2026-11-24', 'entries-api', '', ''
       FROM fluxo.submissions WHERE submission_id = $1 ORDER BY submitted_at DESC LIMIT 1`,
      [id, submittedAt, ledgerSeq, sourceOffset, leg, daysAgo],
    );
  }

  /** A closing of m-1 with this id as the ledger sink would write it, with number 3. */
  async postClosing(
    id: string,
    date: string,
    { daysAgo = 0, sourceOffset = 0 }: Partial<Posting> = {},
  ): Promise<void> {
    await this.database.query(
      'fluxo_owner',
      `INSERT INTO fluxo.ledger (merchant_id, ledger_seq, record_type, record_id, leg, occurrence, recorded_at, partition, source_offset,
         business_date, requested_by, detail, prev_hash, hash)
       VALUES ('m-1', 3, 'DayClosed', $1, 'SINGLE', 1, now() - $3 * interval '1 day', 0, $4, $2, 'ana', '{"accounts": []}', '', '')`,
      [id, date, daysAgo, sourceOffset],
    );
  }

  /** The latest submission of the id as the sink of rejections would write it. */
  async reject(id: string, sourceOffset = 1): Promise<void> {
    await this.database.query(
      'fluxo_owner',
      `INSERT INTO fluxo.rejections
       SELECT 0, $2, 'day-closed', 'too late', now(), '', '', '', merchant_id, type, submission_id, submitted_at
       FROM fluxo.submissions WHERE submission_id = $1 ORDER BY submitted_at DESC LIMIT 1`,
      [id, sourceOffset],
    );
  }
}
