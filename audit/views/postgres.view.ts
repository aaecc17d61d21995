/**
 * The Postgres tables (layout: postgres/migrations) as the judge reads them: documents and merchants put together again from their
 * rows, and the ledger row by row. A ledger row is right if the record made of its columns hashes to its `hash`, if it hangs on the row
 * before, and if the chain reaches the head the documents name: no column can be wrong then.
 * Refusals are rows of their own, by the submission they refused.
 *
 * Memory: the names of the slice's merchants, some merchants' documents, one page of one merchant's ledger.
 */
import type { JsonObject, TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { Pool } from 'pg';
import { AuditError } from '../audit-error.ts';
import type { Slice } from '../slice.ts';
import { type LedgerRow, LedgerRows } from './postgres-ledger.ts';
import {
  BALANCES,
  LEDGER_PAGE,
  MERCHANT_IDS,
  MERCHANTS,
  POSITION,
  REJECTIONS_PAGE,
} from './postgres-statements.ts';
import type { KnownMerchant, ShownMerchant, ShownRejection, View, ViewProblem } from './view.ts';

const TIMEOUT_MS = 60_000;
const PAGE_MERCHANTS = 50;
const PAGE_ROWS = 5_000;
/** A refusal may hold 64 KiB, which stay in the server: only their hash is asked for. */
const PAGE_REJECTIONS = 2_000;

type RejectionRow = Omit<ShownRejection, 'sourceOffset' | 'recordedAt' | 'submittedAt'> & {
  readonly sourceOffset: string;
  readonly recordedAt: string;
  readonly submittedAt: string | null;
};

export type PostgresViewOptions = {
  /** `postgres://…` with a role that sees everything. */
  readonly url: string;
  /** Which partition a merchant belongs to. */
  readonly partitionOf: (merchantId: string) => number;
  readonly codecs: { readonly ledger: TopicCodec };
};

export class PostgresView implements View {
  readonly name = 'Postgres';
  readonly alsoFollows = [topics.ledger.name, topics.rejections.name];
  readonly #options: PostgresViewOptions;
  readonly #pool: Pool;

  constructor(options: PostgresViewOptions) {
    this.#options = options;
    this.#pool = new Pool({
      connectionString: options.url,
      max: 1,
      application_name: 'fluxo-audit',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      options: '-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on',
    });
    // What matters comes out of the statement that failed.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  async position(topic: string, partition: number): Promise<number> {
    const [row] = await this.#rows<{ next_offset: string; is_complete: boolean }>(POSITION, [
      topic,
      partition,
    ]);
    return row?.is_complete === true ? Number(row.next_offset) : -1;
  }

  async *show(slice: Slice, known: ReadonlyMap<string, KnownMerchant>): AsyncGenerator<ShownMerchant> {
    const rows = await this.#rows<{ merchant_id: string }>(MERCHANT_IDS, []);
    const listed = rows.map(({ merchant_id }) => merchant_id).filter((id) => this.#isIn(slice, id));
    const merchants = [...new Set([...listed, ...known.keys()])];
    for (let at = 0; at < merchants.length; at += PAGE_MERCHANTS)
      yield* this.#page(merchants.slice(at, at + PAGE_MERCHANTS), slice, known);
  }

  async *rejections({ partition, holds }: Slice): AsyncGenerator<ShownRejection> {
    for (let last = -1; ; ) {
      const page = await this.#rows<RejectionRow>(REJECTIONS_PAGE, [partition, last, PAGE_REJECTIONS]);
      for (const { sourceOffset, recordedAt, submittedAt, ...row } of page) {
        last = Number(sourceOffset);
        const key = row.key === null ? null : Buffer.from(row.key, 'hex');
        if (!holds(key)) continue;
        const instants = {
          recordedAt: Number(recordedAt),
          submittedAt: submittedAt === null ? null : Number(submittedAt),
        };
        yield { ...row, ...instants, sourceOffset: last };
      }
      if (page.length < PAGE_REJECTIONS) return;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #isIn(slice: Slice, merchantId: string): boolean {
    return this.#options.partitionOf(merchantId) === slice.partition && slice.holds(Buffer.from(merchantId));
  }

  async *#page(
    ids: readonly string[],
    { partition }: Slice,
    known: ReadonlyMap<string, KnownMerchant>,
  ): AsyncGenerator<ShownMerchant> {
    const merchants = await this.#rows<Stored>(MERCHANTS, [ids]);
    const balances = await this.#rows<Stored>(BALANCES, [ids]);
    const { ledger } = this.#options.codecs;
    for (const merchantId of ids) {
      const merchant = merchants.find((row) => row.merchant_id === merchantId);
      const days = balances.filter((row) => row.merchant_id === merchantId);
      const documents = [...days, ...(merchant === undefined ? [] : [merchant])];
      yield {
        merchantId,
        merchant: merchant?.document ?? null,
        days: new Map(days.map(({ document }) => [document.businessDate ?? '', document])),
        problems: [
          ...documents.flatMap((row) => partitionProblems(row, partition)),
          ...(await this.#ledgerProblems(new LedgerRows(merchantId, partition, ledger), {
            head: headOf(documents),
            seqMin: known.get(merchantId)?.head ?? 0,
          })),
        ],
      };
    }
  }

  /** What is wrong in a merchant's ledger. Rows behind the head of its documents may have come since those were read. */
  async #ledgerProblems(
    ledger: LedgerRows,
    { head, seqMin }: { readonly head: Head; readonly seqMin: number },
  ): Promise<readonly ViewProblem[]> {
    for (;;) {
      const page = [ledger.merchantId, ledger.lastSeq, PAGE_ROWS];
      const rows = await this.#rows<LedgerRow>(LEDGER_PAGE, page);
      for (const row of rows) ledger.take(row, head);
      if (rows.length < PAGE_ROWS) return ledger.problems(head, seqMin);
    }
  }

  async #rows<Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return (await this.#pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw new AuditError(
        'view-unavailable',
        `Postgres does not answer as it should: ${(error as Error).message}. Nothing can be said about that view. ` +
          'Does it run, and is it the one you mean (FLUXO_POSTGRES)?',
        { cause: error },
      );
    }
  }
}

type Stored = {
  readonly merchant_id: string;
  readonly partition: number;
  /** In the JSON form of its record. */
  readonly document: JsonObject & { readonly businessDate?: string; readonly chainHead: string };
};

/** The greatest revision among the documents, and the hash that belongs to it; revision 0 without documents. */
export type Head = { readonly revision: number; readonly chainHead: string };

function headOf(documents: readonly Stored[]): Head {
  const heads = documents.map(({ document }) => ({
    revision: Number(document['revision']),
    chainHead: document.chainHead,
  }));
  return heads.reduce((head, each) => (each.revision > head.revision ? each : head), {
    revision: 0,
    chainHead: '',
  });
}

function partitionProblems({ merchant_id, document, partition }: Stored, expected: number): ViewProblem[] {
  if (partition === expected) return [];
  const day = document.businessDate;
  const key = day === undefined ? merchant_id : `${merchant_id}|${day}`;
  return [{ key, field: 'partition', expected, found: partition }];
}
