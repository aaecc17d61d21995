-- What the whole network took and paid out, by business day and currency: the sum over the documents' payment methods, which add
-- up to their totals (I4). A document that is replaced takes its old figures out again, so late entries correct past days.
-- internalMinor is what merchants moved between their own accounts; it is in credits and in debits alike, so what crossed a
-- merchant's border is creditsMinor - internalMinor and debitsMinor - internalMinor.
--
-- No closing here: a merchant without a document on a day still has what it had, and is in no sum of that day's documents.
CREATE VIEW network_totals AS
SELECT
  businessDate,
  currency,
  SUM(creditsMinor) AS creditsMinor,
  SUM(debitsMinor) AS debitsMinor,
  SUM(CASE WHEN paymentMethod = 'INTERNAL' THEN creditsMinor ELSE 0 END) AS internalMinor,
  SUM(`count`) AS movements
FROM daily_balances
CROSS JOIN UNNEST(byMethod) AS by_method (currency, paymentMethod, creditsMinor, debitsMinor, `count`)
GROUP BY businessDate, currency;
