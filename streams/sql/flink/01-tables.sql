-- Fluxo's topics as Flink SQL tables (Flink 2.0, flink-sql-connector-kafka 4.0.1-2.0, flink-sql-avro-confluent-registry 2.0.0).
-- They read committed records only, from the beginning. Instants are UTC; amounts are integers of minor units.
--
-- The Avro schemas are what is asked for, not what was written: Avro gives a reader the fields it names and skips the rest. They
-- are needed because Flink, left to itself, would read an enum as a string, which Avro refuses.

-- One row per merchant and business day, always the latest version: the key is merchantId|businessDate.
CREATE TABLE daily_balances (
  document STRING NOT NULL,
  merchantId STRING NOT NULL,
  businessDate DATE NOT NULL,
  `zone` STRING NOT NULL,
  revision BIGINT NOT NULL,
  recordedAt TIMESTAMP(3) NOT NULL,
  totals ARRAY<ROW<currency STRING NOT NULL, openingMinor BIGINT NOT NULL, creditsMinor BIGINT NOT NULL, debitsMinor BIGINT NOT NULL,
    closingMinor BIGINT NOT NULL, creditCount BIGINT NOT NULL, debitCount BIGINT NOT NULL> NOT NULL> NOT NULL,
  byMethod ARRAY<ROW<currency STRING NOT NULL, paymentMethod STRING NOT NULL, creditsMinor BIGINT NOT NULL, debitsMinor BIGINT NOT NULL,
    `count` BIGINT NOT NULL> NOT NULL> NOT NULL,
  PRIMARY KEY (document) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'cash.daily-balances.v1',
  'properties.bootstrap.servers' = '127.0.0.1:21000',
  'properties.isolation.level' = 'read_committed',
  'key.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://127.0.0.1:21002/apis/ccompat/v7',
  'value.avro-confluent.schema' = '{"type": "record", "name": "DailyBalance", "namespace": "fluxo.cash.v1", "fields": [
    {"name": "merchantId", "type": "string"},
    {"name": "businessDate", "type": {"type": "int", "logicalType": "date"}},
    {"name": "zone", "type": "string"},
    {"name": "revision", "type": "long"},
    {"name": "recordedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "totals", "type": {"type": "array", "items": {"type": "record", "name": "CurrencyTotal", "fields": [
      {"name": "currency", "type": "string"}, {"name": "openingMinor", "type": "long"}, {"name": "creditsMinor", "type": "long"},
      {"name": "debitsMinor", "type": "long"}, {"name": "closingMinor", "type": "long"}, {"name": "creditCount", "type": "long"},
      {"name": "debitCount", "type": "long"}]}}},
    {"name": "byMethod", "type": {"type": "array", "items": {"type": "record", "name": "MethodTotal", "fields": [
      {"name": "currency", "type": "string"},
      {"name": "paymentMethod", "type": {"type": "enum", "name": "PostedPaymentMethod", "symbols": ["CASH", "DEBIT_CARD",
        "CREDIT_CARD", "PIX", "BOLETO", "VOUCHER", "CHECK", "BANK_TRANSFER", "OTHER", "INTERNAL"]}},
      {"name": "creditsMinor", "type": "long"}, {"name": "debitsMinor", "type": "long"}, {"name": "count", "type": "long"}]}}}]}'
);

-- One row per merchant: what it is called, what its accounts are, through which day it has closed.
CREATE TABLE merchants (
  merchant STRING NOT NULL,
  merchantId STRING NOT NULL,
  name STRING NOT NULL,
  accounts ARRAY<ROW<accountId STRING NOT NULL, name STRING NOT NULL, currency STRING NOT NULL> NOT NULL> NOT NULL,
  closedThrough DATE,
  revision BIGINT NOT NULL,
  PRIMARY KEY (merchant) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'cash.merchants.v1',
  'properties.bootstrap.servers' = '127.0.0.1:21000',
  'properties.isolation.level' = 'read_committed',
  'key.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://127.0.0.1:21002/apis/ccompat/v7',
  'value.avro-confluent.schema' = '{"type": "record", "name": "Merchant", "namespace": "fluxo.cash.v1", "fields": [
    {"name": "merchantId", "type": "string"},
    {"name": "name", "type": "string"},
    {"name": "accounts", "type": {"type": "array", "items": {"type": "record", "name": "Account", "fields": [
      {"name": "accountId", "type": "string"}, {"name": "name", "type": "string"}, {"name": "currency", "type": "string"}]}}},
    {"name": "closedThrough", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
    {"name": "revision", "type": "long"}]}'
);

-- One row per ledger record, of all four kinds; where entryId is null it is a closing, a reopening or a configuration.
CREATE TABLE ledger (
  merchantId STRING NOT NULL,
  ledgerSeq BIGINT NOT NULL,
  recordedAt TIMESTAMP(3) NOT NULL,
  entryId STRING,
  accountId STRING,
  direction STRING,
  kind STRING,
  paymentMethod STRING,
  amountMinor BIGINT,
  currency STRING,
  occurredAt TIMESTAMP(3),
  businessDate DATE,
  originalBusinessDate DATE
) WITH (
  'connector' = 'kafka',
  'topic' = 'cash.ledger.v1',
  'properties.bootstrap.servers' = '127.0.0.1:21000',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://127.0.0.1:21002/apis/ccompat/v7',
  'value.avro-confluent.schema' = '{"type": "record", "name": "EntryPosted", "namespace": "fluxo.cash.v1", "fields": [
    {"name": "merchantId", "type": "string"},
    {"name": "ledgerSeq", "type": "long"},
    {"name": "recordedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "entryId", "type": ["null", "string"], "default": null},
    {"name": "accountId", "type": ["null", "string"], "default": null},
    {"name": "direction", "type": ["null", {"type": "enum", "name": "Direction", "symbols": ["CREDIT", "DEBIT"]}], "default": null},
    {"name": "kind", "type": ["null", {"type": "enum", "name": "PostedKind", "symbols": ["SALE", "REFUND", "CASH_IN", "CASH_OUT",
      "FEE", "ADJUSTMENT", "OPENING", "OTHER", "TRANSFER", "REVERSAL"]}], "default": null},
    {"name": "paymentMethod", "type": ["null", {"type": "enum", "name": "PostedPaymentMethod", "symbols": ["CASH", "DEBIT_CARD",
      "CREDIT_CARD", "PIX", "BOLETO", "VOUCHER", "CHECK", "BANK_TRANSFER", "OTHER", "INTERNAL"]}], "default": null},
    {"name": "amountMinor", "type": ["null", "long"], "default": null},
    {"name": "currency", "type": ["null", "string"], "default": null},
    {"name": "occurredAt", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": null},
    {"name": "businessDate", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
    {"name": "originalBusinessDate", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null}]}'
);
