-- What the query API asks of the ledger, each from an index alone or in the order of one (decision 0021).
--
-- Up Migration

-- A day's entries in order, and the figures that come of them: a balance as it was known is folded from this index. It replaces
-- `ledger_by_day`, which held closings as well, so that every entry had to be fetched to see that it is one.
CREATE INDEX ledger_entries_by_day ON fluxo.ledger (merchant_id, business_date, ledger_seq)
  INCLUDE (account_id, currency, direction, amount_minor) WHERE record_type = 'EntryPosted';
DROP INDEX fluxo.ledger_by_day;

-- Closings and reopenings are a handful a day at most.
CREATE INDEX ledger_closings ON fluxo.ledger (merchant_id, ledger_seq) WHERE record_type IN ('DayClosed', 'DayReopened');

-- Up to which record the ledger was known at an instant.
CREATE INDEX ledger_by_recording ON fluxo.ledger (merchant_id, recorded_at, ledger_seq);
