/** Where a merchant's ledger ends in the tables, and whether the tables are whole. */
import type { PoolClient } from '@fluxo/postgres';
import { partitionOf, toInstant, topics } from '@fluxo/schemas';
import { type LedgerHead, LedgerUnavailableError } from '../ledger-view.ts';

type Row = {
  readonly is_complete: boolean;
  readonly ledger_seq: number | null;
  readonly recorded_at: number | null;
};

/** Throws while the sink still builds the table: then what is missing may be on its way. */
export async function readHead(
  client: PoolClient,
  merchantId: string,
  partitions: number,
): Promise<LedgerHead> {
  const { rows } = await client.query<Row>(
    `SELECT position.is_complete, last.ledger_seq, last.recorded_at
     FROM fluxo.positions AS position LEFT JOIN LATERAL (
       SELECT ledger_seq, recorded_at FROM fluxo.ledger WHERE merchant_id = $3 ORDER BY ledger_seq DESC LIMIT 1
     ) AS last ON true
     WHERE position.topic = $1 AND position.partition = $2`,
    [topics.ledger.name, partitionOf(Buffer.from(merchantId), partitions), merchantId],
  );
  const [row] = rows;
  if (!row?.is_complete) throw new LedgerUnavailableError('the table of the ledger is being built');
  const { ledger_seq, recorded_at } = row;
  return {
    ledgerSeq: ledger_seq ?? 0,
    recordedAt: recorded_at === null ? null : toInstant(recorded_at),
  };
}
