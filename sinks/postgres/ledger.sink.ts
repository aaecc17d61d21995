/**
 * The ledger into Postgres: one row per record, for listings and reports.
 *
 * Guarantees: a record is there once, whatever is delivered again; rows never change. A leg of an entry id is there once as well, with
 * one exception that the contract makes (spec.md 3.2): an id that comes back after its time counts as new. Then the later record
 * stands beside the first, told apart by `occurrence`, and somebody is told; the sink goes on.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { recordsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import { LEDGER_COLUMNS, LEDGER_RECORDS, ledgerRow } from './ledger-row.ts';
import type { PostgresStore } from './postgres-store.ts';
import { given } from './rows.ts';

const topic = topics.ledger;

/** A record whose id stands in the ledger already, long remembered no more. */
export type ReturnedId = {
  readonly merchantId: string;
  readonly ledgerSeq: number;
  readonly recordId: string;
  /** 2 or more. */
  readonly occurrence: number;
};

const columns = LEDGER_COLUMNS.join(', ');

/** Of an id that comes twice in one write, the later one counts on from the first. */
const WRITE = `
WITH incoming AS (
  SELECT ${columns}, row_number() OVER (PARTITION BY merchant_id, record_id, leg ORDER BY ledger_seq) AS nth
  FROM ${given('ledger')} AS given
  WHERE NOT EXISTS (
    SELECT FROM ledger AS stored
    WHERE stored.merchant_id = given.merchant_id AND stored.ledger_seq = given.ledger_seq)
), written AS (
  INSERT INTO ledger (${columns}, occurrence)
  SELECT ${columns}, nth + coalesce((
    SELECT max(stored.occurrence) FROM ledger AS stored
    WHERE stored.merchant_id = incoming.merchant_id AND stored.record_id = incoming.record_id
      AND stored.leg = incoming.leg), 0)
  FROM incoming
  RETURNING merchant_id, ledger_seq, record_id, occurrence
)
SELECT count(*)::integer AS written, coalesce(json_agg(json_build_object(
    'merchantId', merchant_id, 'ledgerSeq', ledger_seq, 'recordId', record_id, 'occurrence', occurrence)
  ORDER BY merchant_id, ledger_seq) FILTER (WHERE occurrence > 1), '[]') AS returned
FROM written`;

export class PostgresLedgerSink implements Sink {
  readonly #store: PostgresStore;
  readonly #codec: TopicCodec;
  readonly #onReturnedIds: (returned: readonly ReturnedId[]) => void;

  /** `onReturnedIds` is told what has been written beside an earlier record of its id; it must not throw. */
  constructor(
    store: PostgresStore,
    codec: TopicCodec,
    onReturnedIds: (returned: readonly ReturnedId[]) => void,
  ) {
    this.#store = store;
    this.#codec = codec;
    this.#onReturnedIds = onReturnedIds;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#store.open(topic.name, partitions);
  }

  async write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const records = await recordsOf(LEDGER_RECORDS, batches, this.#codec);
    if (records.length === 0) {
      await this.#store.confirm(topic.name, batches);
      return { written: 0, refused: 0 };
    }
    const rows = JSON.stringify(records.map(ledgerRow));
    const { written, returned } = await this.#store.write(topic.name, batches, async (client) => {
      const { rows: answers } = await client.query<Answer>(WRITE, [rows]);
      return answers[0] as Answer;
    });
    if (returned.length > 0) this.#onReturnedIds(returned);
    return { written, refused: records.length - written };
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

type Answer = { readonly written: number; readonly returned: readonly ReturnedId[] };
