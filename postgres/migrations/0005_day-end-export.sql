-- The day-end export goes on behind the last closing of each partition that it has exported (decision 0037).
--
-- Up Migration

CREATE INDEX ledger_closings_by_source ON fluxo.ledger (partition, source_offset) WHERE record_type = 'DayClosed';
