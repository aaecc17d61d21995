-- Which submission of an id is the latest, whatever the clocks of those who accept say (decision 0019).
--
-- Up Migration

-- In the order in which they were accepted; null: before this migration. `submitted_at` is the clock of the API that accepted, which may be behind
-- that of another one, or put back.
CREATE SEQUENCE fluxo.submission_numbers;
GRANT USAGE ON SEQUENCE fluxo.submission_numbers TO fluxo_entries;
ALTER TABLE fluxo.submissions ADD COLUMN number bigint;
ALTER TABLE fluxo.submissions ALTER COLUMN number SET DEFAULT nextval('fluxo.submission_numbers');

-- What became of the latest submission of this id; null if none was accepted. As before, but the latest is the one that was accepted last: what
-- was corrected and accepted under an earlier `submitted_at` was said to be refused, and was posted.
CREATE OR REPLACE FUNCTION fluxo.submission_state(merchant text, id uuid) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
  latest fluxo.submissions;
  posted fluxo.ledger;
  refusal fluxo.rejections;
  legs json;
  is_own boolean;
BEGIN
  PERFORM set_config('fluxo.merchant_ids', merchant, true);
  SELECT * INTO latest FROM fluxo.submissions AS stored
  WHERE stored.merchant_id = merchant AND stored.submission_id = id ORDER BY number DESC NULLS LAST, submitted_at DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO refusal FROM fluxo.rejections AS stored
  WHERE stored.merchant_id = merchant AND stored.submission_id = id AND stored.submitted_at = latest.submitted_at
  ORDER BY source_offset DESC LIMIT 1;
  SELECT * INTO posted FROM fluxo.ledger AS stored
  WHERE stored.merchant_id = merchant AND stored.record_id = id AND stored.recorded_at >= latest.submitted_at - interval '46 days'
  ORDER BY coalesce(stored.submitted_at = latest.submitted_at, false) DESC, ledger_seq DESC LIMIT 1;
  IF posted.submitted_at IS NOT NULL THEN
    is_own := posted.submitted_at = latest.submitted_at;
  ELSE
    is_own := (latest.type, posted.record_type) IN (
        ('DayCloseRequested', 'DayClosed'), ('DayReopenRequested', 'DayReopened'), ('MerchantConfigured', 'MerchantConfigApplied'))
      AND posted.recorded_at >= latest.submitted_at - interval '1 day'
      AND posted.source_offset > coalesce(refusal.source_offset, -1)
      AND NOT EXISTS (
        SELECT FROM fluxo.submissions AS earlier
        WHERE earlier.merchant_id = merchant AND earlier.submission_id = id AND earlier.submitted_at <> latest.submitted_at
          AND earlier.submitted_at >= latest.submitted_at - interval '46 days'
          AND NOT EXISTS (
            SELECT FROM fluxo.rejections AS stored
            WHERE stored.merchant_id = merchant AND stored.submission_id = id AND stored.submitted_at = earlier.submitted_at));
  END IF;
  IF refusal.code IS NOT NULL AND is_own IS NOT TRUE THEN
    RETURN json_build_object('state', 'rejected', 'type', latest.type, 'code', refusal.code, 'detail', refusal.detail);
  END IF;
  -- All legs of one submission and no others.
  SELECT json_agg(json_build_object('leg', leg, 'ledgerSeq', ledger_seq, 'businessDate', business_date) ORDER BY ledger_seq)
  INTO legs FROM fluxo.ledger AS stored
  WHERE stored.merchant_id = merchant AND stored.record_id = id AND stored.source_offset = posted.source_offset;
  RETURN json_build_object(
    'state', CASE WHEN legs IS NULL THEN 'accepted' WHEN is_own THEN 'posted' ELSE 'duplicate' END, 'type', latest.type, 'legs', legs);
END $$;
