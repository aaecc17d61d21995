-- The trace that a submission belongs to goes with it to Kafka (decision 0030).
--
-- Up Migration

-- `traceparent` of W3C Trace Context; null: of no trace that is recorded, which are nearly all.
ALTER TABLE fluxo.outbox ADD COLUMN traceparent text COLLATE "C";

-- As before, and what a submission names as its `traceparent` is kept beside it.
CREATE OR REPLACE FUNCTION fluxo.accept(
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
  INSERT INTO fluxo.outbox (lane, type, value, traceparent)
  SELECT in_lane, given.one ->> 'type', given.one -> 'value', given.one ->> 'traceparent'
  FROM json_array_elements(accepted) WITH ORDINALITY AS given (one, place) ORDER BY place;
  RETURN QUERY SELECT 'accepted', first_status, first_answer;
END $$;
