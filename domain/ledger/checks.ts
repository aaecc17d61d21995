/**
 * The single checks of rows 5 to 9 of spec.md 3.2. Each looks at one thing and says nothing or why it refuses; in which
 * order they are asked is `submit.ts`. None of them changes anything.
 */
import type { EpochMs } from '../calendar/calendar-date.ts';
import { type Direction, ENTRY_MINOR_MAX, type MinorUnits } from '../money/money.ts';
import { type Context, POLICY, type Rejected, reject } from './decision.ts';
import type { MerchantSettings } from './merchant.ts';
import type { EntryKind, EntrySubmitted, TransferSubmitted } from './submission.ts';

/** The kinds whose name says which way the money goes; the others may go either way (spec.md 2.1). */
export const DIRECTION_OF: { readonly [Kind in EntryKind]: Direction | null } = {
  SALE: 'CREDIT',
  CASH_IN: 'CREDIT',
  OPENING: 'CREDIT',
  REFUND: 'DEBIT',
  CASH_OUT: 'DEBIT',
  FEE: 'DEBIT',
  ADJUSTMENT: null,
  OTHER: null,
};

/** Row 5. */
export function checkSubmittedAt(submittedAt: EpochMs, context: Context): Rejected | undefined {
  const { recordedAt } = context;
  if (submittedAt > recordedAt + POLICY.toleranceMs)
    return reject('submitted-in-future', aheadText('submittedAt', submittedAt, context));
  if (submittedAt < recordedAt - POLICY.dedupHorizonMs) {
    const ageMs = recordedAt - submittedAt;
    return reject(
      'stale-submission',
      `submittedAt is ${ageMs} ms old, more than the ${POLICY.dedupHorizonMs} ms for which ids are remembered`,
    );
  }
  return undefined;
}

/** Row 6. */
export function checkDistinct({ fromAccountId, toAccountId }: TransferSubmitted): Rejected | undefined {
  if (fromAccountId !== toAccountId) return undefined;
  return reject('same-account', `the transfer goes from ${fromAccountId} to itself`);
}

/** Row 7, for one account. */
export function checkAccount(
  { accountsById }: MerchantSettings,
  accountId: string,
  currency: string,
): Rejected | undefined {
  const account = accountsById.get(accountId);
  if (account === undefined)
    return reject('account-unknown', `the merchant has no account ${accountId}; configure it first`);
  if (account.currency === currency) return undefined;
  return reject('currency-mismatch', `account ${accountId} is in ${account.currency}, not in ${currency}`);
}

/** Row 8, the amount. */
export function checkAmount(amountMinor: MinorUnits): Rejected | undefined {
  if (amountMinor >= 1 && amountMinor <= ENTRY_MINOR_MAX) return undefined;
  return reject('amount-out-of-range', `amountMinor is ${amountMinor}, not 1 to ${ENTRY_MINOR_MAX}`);
}

/** Row 8, the direction. */
export function checkDirection({ kind, direction }: EntrySubmitted): Rejected | undefined {
  const expected = DIRECTION_OF[kind];
  if (expected === null || expected === direction) return undefined;
  return reject('direction-mismatch', `a ${kind} is a ${expected}, not a ${direction}`);
}

/** Row 9. */
export function checkOccurredAt(occurredAt: EpochMs, context: Context): Rejected | undefined {
  if (occurredAt <= context.recordedAt + POLICY.toleranceMs) return undefined;
  return reject('occurred-in-future', aheadText('occurredAt', occurredAt, context));
}

function aheadText(field: string, instant: EpochMs, { recordedAt }: Context): string {
  const aheadMs = instant - recordedAt;
  return `${field} is ${aheadMs} ms ahead of the broker's clock; ${POLICY.toleranceMs} ms are tolerated: set the sender's clock`;
}
