-- Every posting that counts on another day than its own, because that day was closed, or too long ago, when it came.
SET 'auto.offset.reset' = 'earliest';
SET 'processing.guarantee' = 'exactly_once_v2';

CREATE STREAM IF NOT EXISTS late_entries WITH (KAFKA_TOPIC = 'data.late-entries', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON') AS
SELECT
  merchant, merchantId, ledgerSeq, entryId, accountId, direction, kind, paymentMethod, amountMinor, currency,
  originalBusinessDate, businessDate, occurredAt, recordedAt
FROM ledger
WHERE originalBusinessDate IS NOT NULL
EMIT CHANGES;
