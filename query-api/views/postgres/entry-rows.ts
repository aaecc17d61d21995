/** A row of `fluxo.ledger` as the API shows it (layout: postgres/migrations): its fields under their names, nothing computed. */
import type { PoolClient } from '@fluxo/postgres';
import { type EntryBody, toInstant } from '@fluxo/schemas';
import { toHex } from '../../representations/text-forms.ts';
import type { ProvenEntry } from '../ledger-view.ts';

type Row = Omit<EntryBody, 'merchantId' | 'occurredAt' | 'submittedAt' | 'recordedAt' | 'source'> & {
  readonly merchantId: string;
  readonly occurredAt: number;
  readonly submittedAt: number;
  readonly recordedAt: number;
  readonly system: string;
  readonly deviceId: string | null;
  readonly sequence: number | null;
  readonly partition: number;
  readonly sourceOffset: number;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
};

/**
 * The reversal of an entry is the first one behind it that names its id, and stands before the id came back, if it did (spec.md 3.2):
 * then it is the later one's.
 */
const REVERSED_BY = `(
  SELECT reversal.record_id FROM fluxo.ledger AS reversal
  WHERE reversal.merchant_id = e.merchant_id AND reversal.reverses_entry_id = e.record_id AND reversal.leg = e.leg
    AND reversal.ledger_seq > e.ledger_seq
    AND NOT EXISTS (
      SELECT FROM fluxo.ledger AS later
      WHERE later.merchant_id = e.merchant_id AND later.record_id = e.record_id AND later.leg = e.leg
        AND later.ledger_seq > e.ledger_seq AND later.ledger_seq < reversal.ledger_seq)
  ORDER BY reversal.ledger_seq LIMIT 1)`;

const COLUMNS = `e.merchant_id AS "merchantId", e.ledger_seq AS "ledgerSeq", e.record_id AS "entryId", e.leg,
  e.account_id AS "accountId", e.direction, e.kind, e.payment_method AS "paymentMethod", e.amount_minor AS "amountMinor", e.currency,
  e.occurred_at AS "occurredAt", e.submitted_at AS "submittedAt", e.recorded_at AS "recordedAt", e.business_date AS "businessDate",
  e.original_business_date AS "originalBusinessDate", e.reverses_entry_id AS "reversesEntryId", ${REVERSED_BY} AS "reversedByEntryId",
  e.purpose, e.reason, e.description, e.external_id AS "externalId", e.source_system AS system, e.source_device_id AS "deviceId",
  e.source_sequence AS sequence, e.partition, e.source_offset AS "sourceOffset", e.prev_hash AS "prevHash", e.hash`;

/** The merchant's entries that fit the condition on `e` (parameters from $2 on), in the order of the ledger. */
export async function readEntries(
  client: PoolClient,
  merchantId: string,
  condition: string,
  values: readonly unknown[],
): Promise<readonly ProvenEntry[]> {
  const { rows } = await client.query<Row>(
    `SELECT ${COLUMNS} FROM fluxo.ledger AS e
     WHERE e.merchant_id = $1 AND e.record_type = 'EntryPosted' AND ${condition} ORDER BY e.ledger_seq`,
    [merchantId, ...values],
  );
  return rows.map(provenEntry);
}

function provenEntry(row: Row): ProvenEntry {
  const { system, deviceId, sequence, partition, sourceOffset, prevHash, hash, ...fields } = row;
  return {
    ...fields,
    occurredAt: toInstant(row.occurredAt),
    submittedAt: toInstant(row.submittedAt),
    recordedAt: toInstant(row.recordedAt),
    source: { system, deviceId, sequence },
    proof: {
      ledgerSeq: row.ledgerSeq,
      partition,
      sourceOffset,
      prevHash: toHex(prevHash),
      hash: toHex(hash),
    },
  };
}

/** For lists, which do not show proofs. */
export function withoutProof({ proof: _proof, ...entry }: ProvenEntry): EntryBody {
  return entry;
}
