/** Closings and reopenings out of `fluxo.ledger`: those of a day, and through which day the books were closed at a moment. */
import type { PoolClient } from '@fluxo/postgres';
import { type ClosedAccountBody, type DayEventBody, toInstant } from '@fluxo/schemas';
import type { DayFound } from '../ledger-view.ts';

type Row = Omit<DayEventBody, 'recordedAt' | 'accounts'> & {
  readonly recordedAt: number;
  readonly detail: { readonly accounts: readonly ClosedAccountBody[] } | null;
};

const CLOSING = `record_type IN ('DayClosed', 'DayReopened')`;

export async function readDay(
  client: PoolClient,
  merchantId: string,
  businessDate: string,
): Promise<DayFound> {
  const events = await client.query<Row>(
    `SELECT record_type AS type, record_id AS "requestId", ledger_seq AS "ledgerSeq", recorded_at AS "recordedAt",
       requested_by AS "requestedBy", reason, detail
     FROM fluxo.ledger WHERE merchant_id = $1 AND ${CLOSING} AND business_date = $2 ORDER BY ledger_seq`,
    [merchantId, businessDate],
  );
  const entries = await client.query<{ count: number }>(
    `SELECT count(*) FROM fluxo.ledger WHERE merchant_id = $1 AND record_type = 'EntryPosted' AND business_date = $2`,
    [merchantId, businessDate],
  );
  return { entryCount: entries.rows[0]?.count ?? 0, events: events.rows.map(dayEvent) };
}

function dayEvent({ detail, recordedAt, ...event }: Row): DayEventBody {
  return { ...event, recordedAt: toInstant(recordedAt), accounts: detail?.accounts ?? [] };
}

/** The day named by the last closing up to this record, or the one before the day that was reopened last (spec.md 3.5). */
export async function readClosedThrough(
  client: PoolClient,
  merchantId: string,
  ledgerSeq: number,
): Promise<string | null> {
  const { rows } = await client.query<{ date: string }>(
    `SELECT business_date - CASE record_type WHEN 'DayReopened' THEN 1 ELSE 0 END AS date
     FROM fluxo.ledger WHERE merchant_id = $1 AND ${CLOSING} AND ledger_seq <= $2 ORDER BY ledger_seq DESC LIMIT 1`,
    [merchantId, ledgerSeq],
  );
  return rows[0]?.date ?? null;
}
