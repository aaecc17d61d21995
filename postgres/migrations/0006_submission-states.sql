-- What became of a submission where its id stands in the ledger for another one (decision 0019).
--
-- Up Migration

-- What became of the latest submission of this id; null if none was accepted. As before, but it tells postings of an id apart.
--
-- Whose a posting is, an entry says by `submitted_at`: then the ledger wins over a refusal, because a submission that was delivered twice
-- may be refused and then posted. Closings, reopenings and settings do not say it. One of them is of the latest submission if it is what
-- that asks for, came after its last refusal, and no submission before it can have posted it: all of the last 46 days were refused. What is
-- more than a day older than the submission came from elsewhere; no clock is that far off and not refused.
--
-- 46 days: an id is remembered for 45 (spec.md 3.2). What is older neither is this submission nor makes it a duplicate.
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
  WHERE stored.merchant_id = merchant AND stored.submission_id = id ORDER BY submitted_at DESC LIMIT 1;
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
        WHERE earlier.merchant_id = merchant AND earlier.submission_id = id AND earlier.submitted_at < latest.submitted_at
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
