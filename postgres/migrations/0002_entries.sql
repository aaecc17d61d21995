-- What the entries API accepts: submissions on their way to Kafka, and the answers it has given.
--
-- Up Migration

-- A submission that was accepted. An id may be accepted more than once (sent again, or after a refusal); `submitted_at` tells which.
CREATE TABLE fluxo.submissions (
  merchant_id text COLLATE "C" NOT NULL,
  submission_id uuid NOT NULL,
  submitted_at timestamptz NOT NULL,
  type text COLLATE "C" NOT NULL,
  PRIMARY KEY (merchant_id, submission_id, submitted_at)
);

-- The answer to every Idempotency-Key. `undecided_until`: somebody still waits for the ledger, until then at the latest.
CREATE TABLE fluxo.idempotency_keys (
  merchant_id text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  status integer NOT NULL,
  answer json NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  undecided_until timestamptz,
  PRIMARY KEY (merchant_id, key)
);
CREATE INDEX idempotency_keys_by_age ON fluxo.idempotency_keys (accepted_at);
CREATE INDEX submissions_by_age ON fluxo.submissions (submitted_at);

-- Submissions that Kafka has not acknowledged. All of a merchant are in one lane; within a lane `seq` is the order. `value` is the JSON
-- form of the record.
CREATE TABLE fluxo.outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lane smallint NOT NULL,
  type text COLLATE "C" NOT NULL,
  value json NOT NULL
);
CREATE INDEX outbox_by_lane ON fluxo.outbox (lane, seq);

-- Accepts a request: its key, its answer, its submissions [{id, submittedAt, type, value}] and their way to Kafka, all or nothing.
-- Outcomes: accepted; repeated (the first answer); mismatch (the key stands for another request); in-flight.
CREATE FUNCTION fluxo.accept(
  merchant text, idempotency_key text, request_fingerprint bytea, first_status integer, first_answer json, accepted json,
  in_lane smallint, wait_ms integer)
RETURNS TABLE (outcome text, status integer, answer json)
LANGUAGE plpgsql AS $$
DECLARE
  known fluxo.idempotency_keys;
BEGIN
  PERFORM set_config('fluxo.merchant_ids', merchant, true);
  IF NOT pg_try_advisory_xact_lock(hashtextextended(merchant || ' ' || idempotency_key, 0)) THEN
    RETURN QUERY SELECT 'in-flight', 0, NULL::json;
    RETURN;
  END IF;
  SELECT * INTO known FROM fluxo.idempotency_keys AS stored WHERE stored.merchant_id = merchant AND stored.key = idempotency_key;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN known.fingerprint <> request_fingerprint THEN 'mismatch'
        WHEN known.undecided_until > clock_timestamp() THEN 'in-flight'
        ELSE 'repeated' END,
      known.status, known.answer;
    RETURN;
  END IF;
  INSERT INTO fluxo.idempotency_keys (merchant_id, key, fingerprint, status, answer, undecided_until)
  VALUES (merchant, idempotency_key, request_fingerprint, first_status, first_answer,
    CASE WHEN wait_ms > 0 THEN clock_timestamp() + wait_ms * interval '1 millisecond' END);
  INSERT INTO fluxo.submissions (merchant_id, submission_id, submitted_at, type)
  SELECT merchant, id, "submittedAt", type
  FROM json_to_recordset(accepted) AS given (id uuid, "submittedAt" timestamptz, type text)
  ON CONFLICT DO NOTHING;
  INSERT INTO fluxo.outbox (lane, type, value)
  SELECT in_lane, given.one ->> 'type', given.one -> 'value'
  FROM json_array_elements(accepted) WITH ORDINALITY AS given (one, place) ORDER BY place;
  RETURN QUERY SELECT 'accepted', first_status, first_answer;
END $$;

-- What became of the latest submission of this id; null if none was accepted. The ledger wins over a refusal: a submission that was
-- delivered twice may be refused and then posted.
CREATE FUNCTION fluxo.submission_state(merchant text, id uuid) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
  latest fluxo.submissions;
  legs json;
  is_own boolean;
  refusal fluxo.rejections;
BEGIN
  PERFORM set_config('fluxo.merchant_ids', merchant, true);
  SELECT * INTO latest FROM fluxo.submissions AS stored
  WHERE stored.merchant_id = merchant AND stored.submission_id = id ORDER BY submitted_at DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT json_agg(json_build_object('leg', leg, 'ledgerSeq', ledger_seq, 'businessDate', business_date) ORDER BY ledger_seq),
    bool_or(stored.submitted_at IS NULL OR stored.submitted_at = latest.submitted_at)
  INTO legs, is_own FROM fluxo.ledger AS stored WHERE stored.merchant_id = merchant AND stored.record_id = id;
  IF legs IS NOT NULL AND is_own THEN
    RETURN json_build_object('state', 'posted', 'type', latest.type, 'legs', legs);
  END IF;
  SELECT * INTO refusal FROM fluxo.rejections AS stored
  WHERE stored.merchant_id = merchant AND stored.submission_id = id AND stored.submitted_at = latest.submitted_at LIMIT 1;
  IF FOUND THEN
    RETURN json_build_object('state', 'rejected', 'type', latest.type, 'code', refusal.code, 'detail', refusal.detail);
  END IF;
  RETURN json_build_object('state', CASE WHEN legs IS NULL THEN 'accepted' ELSE 'duplicate' END, 'type', latest.type, 'legs', legs);
END $$;

-- Replaces an answer that was left open while its caller waited.
CREATE FUNCTION fluxo.decide(merchant text, idempotency_key text, final_status integer, final_answer json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('fluxo.merchant_ids', merchant, true);
  UPDATE fluxo.idempotency_keys AS stored SET status = final_status, answer = final_answer, undecided_until = NULL
  WHERE stored.merchant_id = merchant AND stored.key = idempotency_key;
END $$;

-- The currency of each account, as the ledger has applied it.
CREATE FUNCTION fluxo.account_currencies(merchant text) RETURNS TABLE (account_id text, currency text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('fluxo.merchant_ids', merchant, true);
  RETURN QUERY SELECT stored.account_id, stored.currency FROM fluxo.merchant_accounts AS stored WHERE stored.merchant_id = merchant;
END $$;

ALTER TABLE fluxo.submissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE fluxo.idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_merchants ON fluxo.submissions TO fluxo_entries
  USING (fluxo.sees_merchant(merchant_id)) WITH CHECK (fluxo.sees_merchant(merchant_id));
CREATE POLICY of_merchants ON fluxo.idempotency_keys TO fluxo_entries
  USING (fluxo.sees_merchant(merchant_id)) WITH CHECK (fluxo.sees_merchant(merchant_id));
CREATE POLICY of_all ON fluxo.submissions TO fluxo_relay USING (true);
CREATE POLICY of_all ON fluxo.idempotency_keys TO fluxo_relay USING (true);

GRANT USAGE ON SCHEMA fluxo TO fluxo_relay;
-- The API adds, and decides an answer it left open; it takes nothing back and reads nobody's outbox.
GRANT SELECT, INSERT ON fluxo.submissions, fluxo.idempotency_keys TO fluxo_entries;
GRANT UPDATE (status, answer, undecided_until) ON fluxo.idempotency_keys TO fluxo_entries;
GRANT INSERT ON fluxo.outbox TO fluxo_entries;
GRANT SELECT ON fluxo.ledger, fluxo.rejections, fluxo.merchant_accounts TO fluxo_entries;
-- The relay takes from the outbox, and clears away what is old.
GRANT SELECT, DELETE ON fluxo.outbox TO fluxo_relay;
GRANT DELETE ON fluxo.submissions, fluxo.idempotency_keys TO fluxo_relay;
GRANT SELECT (accepted_at) ON fluxo.idempotency_keys TO fluxo_relay;
GRANT SELECT (submitted_at) ON fluxo.submissions TO fluxo_relay;
