-- What the whole network took and paid out, by business day and currency. From the ledger, which only grows, and not from the
-- documents as in Flink SQL: ksqlDB takes lists apart in streams only (EXPLODE). Both come to the same (I3, I4).
-- internalMinor is what merchants moved between their own accounts; it is in credits and in debits alike, so what crossed a
-- merchant's border is creditsMinor - internalMinor and debitsMinor - internalMinor.
SET 'auto.offset.reset' = 'earliest';
SET 'processing.guarantee' = 'exactly_once_v2';

CREATE TABLE IF NOT EXISTS network_totals WITH (KAFKA_TOPIC = 'data.network-totals', KEY_FORMAT = 'JSON', VALUE_FORMAT = 'JSON') AS
SELECT
  businessDate,
  currency,
  SUM(CASE WHEN direction = 'CREDIT' THEN amountMinor ELSE CAST(0 AS BIGINT) END) AS creditsMinor,
  SUM(CASE WHEN direction = 'DEBIT' THEN amountMinor ELSE CAST(0 AS BIGINT) END) AS debitsMinor,
  SUM(CASE WHEN direction = 'CREDIT' AND paymentMethod = 'INTERNAL' THEN amountMinor ELSE CAST(0 AS BIGINT) END) AS internalMinor,
  COUNT(*) AS movements
FROM ledger
WHERE entryId IS NOT NULL
GROUP BY businessDate, currency
EMIT CHANGES;
