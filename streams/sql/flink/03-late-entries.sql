-- Every posting that counts on another day than its own, because that day was closed, or too long ago, when it came.
CREATE VIEW late_entries AS
SELECT
  merchantId, ledgerSeq, entryId, accountId, direction, kind, paymentMethod, amountMinor, currency,
  originalBusinessDate, businessDate, occurredAt, recordedAt
FROM ledger
WHERE originalBusinessDate IS NOT NULL;
