-- The consolidated base as relational tables: what `sinks/postgres` writes from the topics and the read side lists from. Columns
-- carry the fields of spec.md 2.2 and 2.3 under their names; nothing here is computed. Money is bigint: |x| <= 2^53 - 1.
--
-- Up Migration

-- How far each partition of a topic has been written, moved in the transaction that writes. `is_complete` is false while the
-- tables are being built: then a missing row means nothing.
CREATE TABLE fluxo.positions (
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  is_complete boolean NOT NULL,
  PRIMARY KEY (topic, partition)
);

-- Every ledger record, one row each. `record_id` is entryId, requestId or configId, which share one name space; `occurrence` tells
-- apart records of an id that came back after its time (spec.md 3.2, remembered ids): 1 is the first of them.
CREATE TABLE fluxo.ledger (
  merchant_id text COLLATE "C" NOT NULL,
  ledger_seq bigint NOT NULL,
  record_type text COLLATE "C" NOT NULL
    CHECK (record_type IN ('EntryPosted', 'DayClosed', 'DayReopened', 'MerchantConfigApplied')),
  record_id uuid NOT NULL,
  leg text COLLATE "C" NOT NULL CHECK (leg IN ('SINGLE', 'FROM', 'TO')),
  occurrence integer NOT NULL CHECK (occurrence >= 1),
  recorded_at timestamptz NOT NULL,
  -- Where the submission stands.
  partition integer NOT NULL,
  source_offset bigint NOT NULL,
  -- EntryPosted; business_date and reason also of a closing or reopening.
  account_id text COLLATE "C",
  direction text COLLATE "C",
  kind text COLLATE "C",
  payment_method text COLLATE "C",
  amount_minor bigint,
  currency text COLLATE "C",
  occurred_at timestamptz,
  submitted_at timestamptz,
  business_date date,
  original_business_date date,
  reverses_entry_id uuid,
  purpose text COLLATE "C",
  reason text,
  description text,
  external_id text COLLATE "C",
  source_system text,
  source_device_id text,
  source_sequence bigint,
  -- DayClosed, DayReopened
  requested_by text,
  -- DayClosed: its accounts. MerchantConfigApplied: the configuration. In the JSON form of the record.
  detail jsonb,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (merchant_id, ledger_seq),
  UNIQUE (merchant_id, record_id, leg, occurrence),
  CHECK (
    record_type <> 'EntryPosted'
    OR num_nulls(account_id, direction, kind, payment_method, amount_minor, currency, occurred_at, submitted_at, business_date,
      source_system) = 0
  )
);

-- The listings of the read side, each in the order of its cursor. None by direction: it halves a list and no more.
CREATE INDEX ledger_by_day ON fluxo.ledger (merchant_id, business_date, ledger_seq);
CREATE INDEX ledger_by_account ON fluxo.ledger (merchant_id, account_id, ledger_seq) WHERE account_id IS NOT NULL;
CREATE INDEX ledger_by_kind ON fluxo.ledger (merchant_id, kind, ledger_seq) WHERE kind IS NOT NULL;
CREATE INDEX ledger_by_method ON fluxo.ledger (merchant_id, payment_method, ledger_seq) WHERE payment_method IS NOT NULL;
CREATE INDEX ledger_by_amount ON fluxo.ledger (merchant_id, amount_minor, ledger_seq) WHERE amount_minor IS NOT NULL;
CREATE INDEX ledger_by_external_id ON fluxo.ledger (merchant_id, external_id, ledger_seq) WHERE external_id IS NOT NULL;
CREATE INDEX ledger_by_reversed ON fluxo.ledger (merchant_id, reverses_entry_id) WHERE reverses_entry_id IS NOT NULL;

-- The balance documents: one row per merchant and business day, and their lists as tables of their own.
CREATE TABLE fluxo.daily_balances (
  merchant_id text COLLATE "C" NOT NULL,
  business_date date NOT NULL,
  partition integer NOT NULL,
  zone text NOT NULL,
  cutoff_minutes integer NOT NULL,
  day_start timestamptz NOT NULL,
  revision bigint NOT NULL,
  chain_head bytea NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, business_date)
);

CREATE TABLE fluxo.balance_accounts (
  merchant_id text COLLATE "C" NOT NULL,
  business_date date NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  opening_minor bigint NOT NULL,
  credits_minor bigint NOT NULL,
  debits_minor bigint NOT NULL,
  closing_minor bigint NOT NULL,
  credit_count bigint NOT NULL,
  debit_count bigint NOT NULL,
  PRIMARY KEY (merchant_id, business_date, account_id)
);

CREATE TABLE fluxo.balance_totals (
  merchant_id text COLLATE "C" NOT NULL,
  business_date date NOT NULL,
  currency text COLLATE "C" NOT NULL,
  opening_minor bigint NOT NULL,
  credits_minor bigint NOT NULL,
  debits_minor bigint NOT NULL,
  closing_minor bigint NOT NULL,
  credit_count bigint NOT NULL,
  debit_count bigint NOT NULL,
  PRIMARY KEY (merchant_id, business_date, currency)
);

CREATE TABLE fluxo.balance_kinds (
  merchant_id text COLLATE "C" NOT NULL,
  business_date date NOT NULL,
  currency text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  credits_minor bigint NOT NULL,
  debits_minor bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (merchant_id, business_date, currency, kind)
);

CREATE TABLE fluxo.balance_methods (
  merchant_id text COLLATE "C" NOT NULL,
  business_date date NOT NULL,
  currency text COLLATE "C" NOT NULL,
  payment_method text COLLATE "C" NOT NULL,
  credits_minor bigint NOT NULL,
  debits_minor bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (merchant_id, business_date, currency, payment_method)
);

CREATE TABLE fluxo.merchants (
  merchant_id text COLLATE "C" PRIMARY KEY,
  partition integer NOT NULL,
  name text NOT NULL,
  late_entries text NOT NULL,
  backdate_limit_days integer NOT NULL,
  closed_through date,
  revision bigint NOT NULL,
  chain_head bytea NOT NULL,
  recorded_at timestamptz NOT NULL
);

-- `place` keeps the order of the configuration.
CREATE TABLE fluxo.merchant_accounts (
  merchant_id text COLLATE "C" NOT NULL,
  place integer NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  currency text COLLATE "C" NOT NULL,
  PRIMARY KEY (merchant_id, account_id)
);

CREATE TABLE fluxo.merchant_calendar (
  merchant_id text COLLATE "C" NOT NULL,
  place integer NOT NULL,
  effective_from date NOT NULL,
  zone text NOT NULL,
  cutoff_minutes integer NOT NULL,
  PRIMARY KEY (merchant_id, place)
);

-- Refused submissions. What the original bytes say of themselves (merchant, id, when it was submitted) is there where they can be
-- read and belong to the merchant of their key; the key decides whose the row is.
CREATE TABLE fluxo.rejections (
  partition integer NOT NULL,
  source_offset bigint NOT NULL,
  code text COLLATE "C" NOT NULL,
  detail text NOT NULL,
  recorded_at timestamptz NOT NULL,
  key bytea,
  value bytea NOT NULL,
  value_sha256 bytea NOT NULL,
  merchant_id text COLLATE "C",
  submission_type text COLLATE "C",
  submission_id uuid,
  submitted_at timestamptz,
  PRIMARY KEY (partition, source_offset)
);
CREATE INDEX rejections_by_merchant ON fluxo.rejections (merchant_id, recorded_at DESC, source_offset DESC)
  WHERE merchant_id IS NOT NULL;
CREATE INDEX rejections_by_submission ON fluxo.rejections (merchant_id, submission_id) WHERE submission_id IS NOT NULL;

-- Whose rows a transaction may see: `SET LOCAL fluxo.merchant_ids = 'a,b'`, or '*' for an operator. Nothing set: none.
CREATE FUNCTION fluxo.sees_merchant(merchant_id text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('fluxo.merchant_ids', true), '') = '*'
  OR merchant_id = ANY (string_to_array(nullif(current_setting('fluxo.merchant_ids', true), ''), ','));

-- The reader and the entries API see the merchants of the transaction; the sink writes everything and removes nothing but lists it
-- writes anew; the auditor reads everything.
DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['ledger', 'daily_balances', 'balance_accounts', 'balance_totals', 'balance_kinds',
    'balance_methods', 'merchants', 'merchant_accounts', 'merchant_calendar', 'rejections']
  LOOP
    EXECUTE format('ALTER TABLE fluxo.%I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY of_merchants ON fluxo.%I FOR SELECT TO fluxo_reader, fluxo_entries
      USING (fluxo.sees_merchant(merchant_id))', relation);
    EXECUTE format('CREATE POLICY everything ON fluxo.%I TO fluxo_sink USING (true) WITH CHECK (true)', relation);
    EXECUTE format('CREATE POLICY audited ON fluxo.%I FOR SELECT TO fluxo_auditor USING (true)', relation);
    EXECUTE format('GRANT SELECT ON fluxo.%I TO fluxo_reader, fluxo_auditor', relation);
    EXECUTE format('GRANT SELECT, INSERT ON fluxo.%I TO fluxo_sink', relation);
  END LOOP;
  FOREACH relation IN ARRAY ARRAY['balance_accounts', 'balance_totals', 'balance_kinds', 'balance_methods', 'merchant_accounts',
    'merchant_calendar']
  LOOP
    EXECUTE format('GRANT DELETE ON fluxo.%I TO fluxo_sink', relation);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA fluxo TO fluxo_reader, fluxo_entries, fluxo_sink, fluxo_auditor;
GRANT UPDATE ON fluxo.daily_balances, fluxo.merchants TO fluxo_sink;
GRANT SELECT, INSERT, UPDATE ON fluxo.positions TO fluxo_sink;
GRANT SELECT ON fluxo.positions TO fluxo_reader, fluxo_auditor;
