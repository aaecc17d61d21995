-- Fluxo's topics as ksqlDB tables and a stream. Committed records only, from the beginning, each counted once.
-- ksqlDB reads with the schema a record was written with, finds fields by name whatever their case, and takes NULL for those a
-- record does not have. Keys are plain text (KAFKA). Amounts are integers of minor units.
SET 'auto.offset.reset' = 'earliest';
SET 'processing.guarantee' = 'exactly_once_v2';

-- One row per merchant and business day, always the latest version: the key is merchantId|businessDate.
CREATE SOURCE TABLE IF NOT EXISTS daily_balances (
  document VARCHAR PRIMARY KEY,
  merchantId VARCHAR,
  businessDate DATE,
  zone VARCHAR,
  revision BIGINT,
  recordedAt TIMESTAMP,
  totals ARRAY<STRUCT<currency VARCHAR, openingMinor BIGINT, creditsMinor BIGINT, debitsMinor BIGINT, closingMinor BIGINT,
    creditCount BIGINT, debitCount BIGINT>>
) WITH (KAFKA_TOPIC = 'cash.daily-balances.v1', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO');

-- One row per merchant: what it is called, what its accounts are, through which day it has closed.
CREATE SOURCE TABLE IF NOT EXISTS merchants (
  merchant VARCHAR PRIMARY KEY,
  merchantId VARCHAR,
  name VARCHAR,
  accounts ARRAY<STRUCT<accountId VARCHAR, name VARCHAR, currency VARCHAR>>,
  closedThrough DATE,
  revision BIGINT
) WITH (KAFKA_TOPIC = 'cash.merchants.v1', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO');

-- One row per ledger record, of all four kinds; where entryId is null it is a closing, a reopening or a configuration.
CREATE STREAM IF NOT EXISTS ledger (
  merchant VARCHAR KEY,
  merchantId VARCHAR,
  ledgerSeq BIGINT,
  recordedAt TIMESTAMP,
  entryId VARCHAR,
  accountId VARCHAR,
  direction VARCHAR,
  kind VARCHAR,
  paymentMethod VARCHAR,
  amountMinor BIGINT,
  currency VARCHAR,
  occurredAt TIMESTAMP,
  businessDate DATE,
  originalBusinessDate DATE
) WITH (KAFKA_TOPIC = 'cash.ledger.v1', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO');
