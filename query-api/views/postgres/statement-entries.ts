/**
 * The entries of an account over days, in pages: each begins behind the last entry of the one before, so none costs more than its rows
 * and what other accounts have between them. Which entries is decided by an index alone; the rows are fetched for those of the page.
 */
import type { PoolClient } from '@fluxo/postgres';
import { type StatementEntryBody, toInstant } from '@fluxo/schemas';
import type { EntriesOfAccount } from '../statement-view.ts';

/** Some 300 KiB of rows; a page is a few milliseconds of work for each side. */
const PAGE_ENTRIES = 500;

const PAGE = `
SELECT e.ledger_seq AS "ledgerSeq", e.record_id AS "entryId", e.leg, e.account_id AS "accountId", e.direction, e.kind,
  e.payment_method AS "paymentMethod", e.amount_minor AS "amountMinor", e.currency, e.occurred_at AS "occurredAt",
  e.recorded_at AS "recordedAt", e.business_date AS "businessDate", e.original_business_date AS "originalBusinessDate",
  e.reverses_entry_id AS "reversesEntryId", e.purpose, e.reason, e.description, e.external_id AS "externalId"
FROM (
  SELECT ledger_seq FROM fluxo.ledger
  WHERE merchant_id = $1 AND record_type = 'EntryPosted' AND account_id = $2
    AND (business_date, ledger_seq) > ($3::date, $4::bigint) AND business_date <= $5 AND ledger_seq <= $6
  ORDER BY business_date, ledger_seq LIMIT ${PAGE_ENTRIES}
) AS page JOIN fluxo.ledger AS e ON e.merchant_id = $1 AND e.ledger_seq = page.ledger_seq
ORDER BY e.business_date, e.ledger_seq`;

type Row = Omit<StatementEntryBody, 'occurredAt' | 'recordedAt'> & {
  readonly occurredAt: number;
  readonly recordedAt: number;
};

type Ledger = { readonly merchantId: string /** The last record that counts. */; readonly ledgerSeq: number };

/** `client` is in the snapshot of the statement. */
export async function* readStatementEntries(
  client: PoolClient,
  { merchantId, ledgerSeq }: Ledger,
  { accountId, dates }: EntriesOfAccount,
): AsyncGenerator<readonly StatementEntryBody[]> {
  let last = { businessDate: dates.from, ledgerSeq: 0 };
  for (;;) {
    const { rows } = await client.query<Row>({
      name: 'statement-entries',
      text: PAGE,
      values: [merchantId, accountId, last.businessDate, last.ledgerSeq, dates.to, ledgerSeq],
    });
    const entries = rows.map(statementEntry);
    if (entries.length > 0) yield entries;
    if (entries.length < PAGE_ENTRIES) return;
    last = entries.at(-1) as StatementEntryBody;
  }
}

function statementEntry(row: Row): StatementEntryBody {
  return { ...row, occurredAt: toInstant(row.occurredAt), recordedAt: toInstant(row.recordedAt) };
}
