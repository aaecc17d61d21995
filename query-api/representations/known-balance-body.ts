/**
 * A balance of the past as the API shows it: figures and revision as the ledger gives them, zone, cut-off and start as the day's document
 * has them, which no later entry or configuration changes (spec.md 3.6), and the status that the closings up to then made.
 */
import { type BalanceBody, type Merchant, parseDate } from '@fluxo/schemas';
import type { StoredDay } from '../views/balance-view.ts';
import { ViewUnavailableError } from '../views/balance-view.ts';
import type { KnownBalance } from '../views/ledger-view.ts';
import { documentBody, filledBody, statusOf } from './balance-body.ts';

/** `day` is the day as it is today, undefined if it has no document here. Throws `ViewUnavailableError` while that is still on its way. */
export function knownBalanceBody(
  merchant: Merchant,
  businessDate: number,
  day: StoredDay | undefined,
  known: KnownBalance,
): BalanceBody {
  const { carriedFrom: _carriedFrom, closedThrough, ...figures } = known;
  const closed = closedThrough === null ? null : parseDate(closedThrough);
  const status = statusOf({ closedThrough: closed }, businessDate);
  if (!figures.materialized) return { ...filledBody(merchant, businessDate, null), ...figures, status };
  if (day === undefined) throw new ViewUnavailableError('the day is known to the ledger alone');
  return { ...documentBody(day.read(), status), ...figures };
}
