/**
 * The table of checks (spec.md 3.2), in its order. A submission meets its merchant as the log has made it so far, and the
 * answer is one of three (I10): it was said before (duplicate), it is refused with the FIRST code that applies, or it is
 * accepted and becomes ledger records and documents. A refused submission changes nothing and its id stays free.
 *
 *   row                                            entry  transfer  reversal  config  close  reopen
 *    1  malformed                                  `parseSubmission`, and before it whoever decodes
 *    2  key-mismatch, wrong-partition              whoever holds the record
 *    3  merchant-unknown                             •       •         •                •      •
 *    4  duplicate, duplicate-mismatch                •       •         •        •       •      •
 *    5  submitted-in-future, stale-submission        •       •         •        •       •      •
 *    6  same-account                                         •
 *    7  account-unknown, currency-mismatch           •       •
 *    8  amount-out-of-range, direction-mismatch      •       •
 *    9  occurred-in-future                           •       •         •
 *   10  original-unknown … already-reversed                            •
 *   11  day-closed, backdated-beyond-limit           •       •         •
 *   12  config-invalid                                                          •
 *   13  day-not-closable                                                                •
 *   14  day-not-closed                                                                         •
 *   15  balance-overflow                             •       •         •                •
 *
 * `submit` is a pure function. It reads no clock but the record's own and changes nothing it is given, so the same log gives
 * the same answers for ever (I12).
 */
import { businessDateOf } from '../calendar/business-day.ts';
import { MoneyOverflowError } from '../money/money.ts';
import { bookingOf } from './booking.ts';
import {
  checkAccount,
  checkAmount,
  checkDirection,
  checkDistinct,
  checkOccurredAt,
  checkSubmittedAt,
} from './checks.ts';
import { checkClosable, checkReopenable, closeDay, reopenDay } from './closing.ts';
import { applyConfiguration, settingsUnder } from './configuration.ts';
import {
  type Context,
  type Decision,
  type Duplicate,
  POLICY,
  type Rejected,
  type Request,
  reject,
} from './decision.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { MerchantView } from './merchant.ts';
import { legsOfEntry, legsOfReversal, legsOfTransfer, postLegs } from './posting.ts';
import type { RememberedId, RememberedLeg } from './remembered-id.ts';
import {
  type DayCloseRequested,
  type DayReopenRequested,
  type EntrySubmitted,
  idOf,
  type MerchantConfigured,
  type ReversalSubmitted,
  type Submission,
  type TransferSubmitted,
} from './submission.ts';

/**
 * Rows 3 to 15 for one submission of one merchant (undefined: no configuration applied yet). The submission comes from
 * `parseSubmission`; its merchantId is the merchant's. Throws only if the state it is shown cannot be (`DomainError`).
 */
export function submit(
  merchant: MerchantView | undefined,
  submission: Submission,
  context: Context,
): Decision {
  try {
    return decide(merchant, submission, context);
  } catch (error) {
    if (error instanceof MoneyOverflowError) return reject('balance-overflow', error.message); // 15
    throw error;
  }
}

function decide(merchant: MerchantView | undefined, submission: Submission, context: Context): Decision {
  const { type, value } = submission;
  const fingerprint = fingerprintOf(submission);
  if (merchant === undefined) {
    if (type === 'MerchantConfigured') return introduce(value, context, fingerprint);
    return reject('merchant-unknown', `no configuration of merchant ${value.merchantId} was applied yet`); // 3
  }
  const answer =
    checkRemembered(merchant, submission, { context, fingerprint }) ?? // 4
    checkSubmittedAt(value.submittedAt, context); // 5
  if (answer !== undefined) return answer;
  switch (type) {
    case 'EntrySubmitted':
      return submitEntry({ merchant, value, context, fingerprint });
    case 'TransferSubmitted':
      return submitTransfer({ merchant, value, context, fingerprint });
    case 'ReversalSubmitted':
      return submitReversal({ merchant, value, context, fingerprint });
    case 'MerchantConfigured':
      return reconfigure({ merchant, value, context, fingerprint });
    case 'DayCloseRequested':
      return submitClosing({ merchant, value, context, fingerprint });
    case 'DayReopenRequested':
      return submitReopening({ merchant, value, context, fingerprint });
  }
}

function submitEntry(request: Request<EntrySubmitted>): Decision {
  const { merchant, value: entry, context } = request;
  const { settings } = merchant;
  const refusal =
    checkAccount(settings, entry.accountId, entry.currency) ?? // 7
    checkAmount(entry.amountMinor) ?? // 8
    checkDirection(entry) ?? // 8
    checkOccurredAt(entry.occurredAt, context); // 9
  if (refusal !== undefined) return refusal;
  const booking = bookingOf(settings, businessDateOf(settings.calendar, entry.occurredAt), context); // 11
  if (booking.kind === 'rejected') return booking;
  return postLegs(request, legsOfEntry(entry), booking); // 15
}

function submitTransfer(request: Request<TransferSubmitted>): Decision {
  const { merchant, value: transfer, context } = request;
  const { settings } = merchant;
  const refusal =
    checkDistinct(transfer) ?? // 6
    checkAccount(settings, transfer.fromAccountId, transfer.currency) ?? // 7
    checkAccount(settings, transfer.toAccountId, transfer.currency) ?? // 7
    checkAmount(transfer.amountMinor) ?? // 8
    checkOccurredAt(transfer.occurredAt, context); // 9
  if (refusal !== undefined) return refusal;
  const booking = bookingOf(settings, businessDateOf(settings.calendar, transfer.occurredAt), context); // 11
  if (booking.kind === 'rejected') return booking;
  return postLegs(request, legsOfTransfer(transfer), booking); // 15
}

function submitReversal(request: Request<ReversalSubmitted>): Decision {
  const { merchant, value: reversal, context } = request;
  const refusal = checkOccurredAt(reversal.occurredAt, context); // 9
  if (refusal !== undefined) return refusal;
  const original = reversibleLegs(merchant, reversal.reversesEntryId, context); // 10
  if ('kind' in original) return original;
  const booking = bookingOf(merchant.settings, original[0].businessDate, context); // 11
  if (booking.kind === 'rejected') return booking;
  return postLegs(request, legsOfReversal(reversal, original), booking); // 15
}

function submitClosing(request: Request<DayCloseRequested>): Decision {
  return checkClosable(request.merchant, request.value, request.context) ?? closeDay(request); // 13, 15
}

function submitReopening(request: Request<DayReopenRequested>): Decision {
  return checkReopenable(request.merchant, request.value) ?? reopenDay(request); // 14
}

/** The configuration that makes a merchant known. */
function introduce(configured: MerchantConfigured, context: Context, fingerprint: number): Decision {
  const refusal = checkSubmittedAt(configured.submittedAt, context); // 5
  if (refusal !== undefined) return refusal;
  const settings = settingsUnder(undefined, configured, context); // 12
  if ('kind' in settings) return settings;
  return applyConfiguration(configured, settings, { ledgerSeq: 1, context, fingerprint });
}

function reconfigure({ merchant, value, context, fingerprint }: Request<MerchantConfigured>): Decision {
  const settings = settingsUnder(merchant, value, context); // 12
  if ('kind' in settings) return settings;
  const ledgerSeq = merchant.ledgerSeq + 1;
  return applyConfiguration(value, settings, { ledgerSeq, context, fingerprint });
}

const DUPLICATE: Duplicate = { kind: 'duplicate' };

/** Row 4. */
function checkRemembered(
  merchant: MerchantView,
  submission: Submission,
  { context, fingerprint }: { readonly context: Context; readonly fingerprint: number },
): Duplicate | Rejected | undefined {
  const id = idOf(submission);
  const known = remembered(merchant, id, context);
  if (known === undefined) return undefined;
  if (known.fingerprint === fingerprint) return DUPLICATE;
  return reject(
    'duplicate-mismatch',
    `id ${id} was used before, for something else; send this under a new id`,
  );
}

/** Row 10: the legs to take back, or why that cannot be. */
function reversibleLegs(
  merchant: MerchantView,
  id: string,
  context: Context,
): readonly [RememberedLeg, ...RememberedLeg[]] | Rejected {
  const original = remembered(merchant, id, context);
  const [first, ...others] = original?.legs ?? [];
  if (original === undefined || first === undefined)
    return reject(
      'original-unknown',
      `no entry or transfer ${id} is remembered; book a REFUND or ADJUSTMENT instead`,
    );
  if (original.reversal) return reject('cannot-reverse-reversal', `${id} is itself a reversal`);
  if (original.reversed) return reject('already-reversed', `${id} was reversed before`);
  return [first, ...others];
}

/** What is remembered under an id, while it counts; one that comes back after its time is a new one. */
function remembered(merchant: MerchantView, id: string, { recordedAt }: Context): RememberedId | undefined {
  const known = merchant.remembered(id);
  if (known === undefined) return undefined;
  return known.recordedAt >= recordedAt - POLICY.dedupHorizonMs - POLICY.toleranceMs ? known : undefined;
}
