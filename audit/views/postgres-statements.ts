/**
 * What the judge asks Postgres. Documents come as JSON in the form of their records, made by the server from exact integers; figures of
 * 2^53 − 1 and less are the same in JavaScript.
 */

export const POSITION = `
SELECT next_offset::text, is_complete FROM fluxo.positions WHERE topic = $1 AND partition = $2`;

/** Every merchant that any table knows; those of the ledger by one look at its key each. */
export const MERCHANT_IDS = `
WITH RECURSIVE in_ledger AS (
  SELECT min(merchant_id) AS merchant_id FROM fluxo.ledger
  UNION ALL
  SELECT (SELECT min(next.merchant_id) FROM fluxo.ledger AS next WHERE next.merchant_id > in_ledger.merchant_id)
  FROM in_ledger WHERE in_ledger.merchant_id IS NOT NULL
)
SELECT merchant_id FROM in_ledger WHERE merchant_id IS NOT NULL
UNION SELECT merchant_id FROM fluxo.merchants
UNION SELECT merchant_id FROM fluxo.daily_balances
UNION SELECT merchant_id FROM fluxo.balance_accounts`;

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`;

const hex = (column: string): string => `encode(${column}, 'hex')`;

const list = (table: string, fields: string, order: string): string => `
(SELECT coalesce(json_agg(json_build_object(${fields}) ORDER BY ${order}), '[]') FROM fluxo.${table} AS line
 WHERE line.merchant_id = stored.merchant_id`;

const amounts = `'currency', currency, 'openingMinor', opening_minor, 'creditsMinor', credits_minor, 'debitsMinor', debits_minor,
  'closingMinor', closing_minor, 'creditCount', credit_count, 'debitCount', debit_count`;

const movements = `'creditsMinor', credits_minor, 'debitsMinor', debits_minor, 'count', count`;

const ofDay = ' AND line.business_date = stored.business_date)';

export const BALANCES = `
SELECT merchant_id, partition, json_build_object(
  'merchantId', merchant_id, 'businessDate', business_date, 'zone', zone, 'cutoffMinutes', cutoff_minutes,
  'dayStart', ${ms('day_start')}, 'revision', revision, 'chainHead', ${hex('chain_head')}, 'recordedAt', ${ms('recorded_at')},
  'accounts', ${list('balance_accounts', `'accountId', account_id, ${amounts}`, 'account_id')}${ofDay},
  'totals', ${list('balance_totals', amounts, 'currency')}${ofDay},
  'byKind', ${list('balance_kinds', `'currency', currency, 'kind', kind, ${movements}`, 'currency, kind')}${ofDay},
  'byMethod', ${list('balance_methods', `'currency', currency, 'paymentMethod', payment_method, ${movements}`, 'currency, payment_method')}${ofDay}
) AS document
FROM fluxo.daily_balances AS stored WHERE merchant_id = ANY ($1)`;

export const MERCHANTS = `
SELECT merchant_id, partition, json_build_object(
  'merchantId', merchant_id, 'name', name,
  'calendar', ${list('merchant_calendar', `'effectiveFrom', effective_from, 'zone', zone, 'cutoffMinutes', cutoff_minutes`, 'place')}),
  'lateEntries', late_entries, 'backdateLimitDays', backdate_limit_days,
  'accounts', ${list('merchant_accounts', `'accountId', account_id, 'name', name, 'type', type, 'currency', currency`, 'place')}),
  'closedThrough', closed_through, 'revision', revision, 'chainHead', ${hex('chain_head')}, 'recordedAt', ${ms('recorded_at')}
) AS document
FROM fluxo.merchants AS stored WHERE merchant_id = ANY ($1)`;

/** Ledger rows of a merchant behind a sequence number, each as the record its columns make, in JSON form. */
export const LEDGER_PAGE = `
SELECT ledger_seq::text AS seq, record_type AS type, partition, occurrence, leg,
  (SELECT count(*)::integer FROM fluxo.ledger AS former WHERE former.merchant_id = stored.merchant_id
   AND former.record_id = stored.record_id AND former.leg = stored.leg AND former.ledger_seq <= stored.ledger_seq) AS nth,
  jsonb_build_object(
    'merchantId', merchant_id, 'ledgerSeq', ledger_seq, 'recordedAt', ${ms('recorded_at')}, 'sourceOffset', source_offset,
    'prevHash', ${hex('prev_hash')}, 'hash', ${hex('hash')}
  ) || CASE record_type
    WHEN 'EntryPosted' THEN jsonb_build_object(
      'entryId', record_id, 'leg', leg, 'accountId', account_id, 'direction', direction, 'kind', kind,
      'paymentMethod', payment_method, 'amountMinor', amount_minor, 'currency', currency, 'occurredAt', ${ms('occurred_at')},
      'submittedAt', ${ms('submitted_at')}, 'businessDate', business_date, 'originalBusinessDate', original_business_date,
      'reversesEntryId', reverses_entry_id, 'purpose', purpose, 'reason', reason, 'description', description,
      'externalId', external_id,
      'source', jsonb_build_object('system', source_system, 'deviceId', source_device_id, 'sequence', source_sequence))
    WHEN 'MerchantConfigApplied' THEN jsonb_build_object('configId', record_id) || detail
    WHEN 'DayClosed' THEN
      jsonb_build_object('requestId', record_id, 'businessDate', business_date, 'requestedBy', requested_by) || detail
    ELSE jsonb_build_object(
      'requestId', record_id, 'businessDate', business_date, 'requestedBy', requested_by, 'reason', reason)
  END AS record
FROM fluxo.ledger AS stored
WHERE merchant_id = $1 AND ledger_seq > $2 ORDER BY ledger_seq LIMIT $3`;

/** Refusals of a partition behind a submission's offset. */
export const REJECTIONS_PAGE = `
SELECT source_offset::text AS "sourceOffset", code, (${ms('recorded_at')})::text AS "recordedAt", ${hex('key')} AS key,
  ${hex('sha256(value)')} AS "keptValueSha256", ${hex('value_sha256')} AS "valueSha256",
  merchant_id AS "merchantId", submission_type AS "submissionType", submission_id::text AS "submissionId",
  (${ms('submitted_at')})::text AS "submittedAt"
FROM fluxo.rejections WHERE partition = $1 AND source_offset > $2 ORDER BY source_offset LIMIT $3`;
