/**
 * The rules of spec.md section 3 as pure functions over readonly data: business days, the checks of a submission, postings,
 * balance documents and the hash chain. Nothing here reads a clock, a file or a network, or knows what carries the records.
 */
export type {
  AccountBalance,
  Amounts,
  CurrencyTotal,
  Day,
  DayFigures,
  KindTotal,
  MethodTotal,
  PostedKind,
  PostedPaymentMethod,
} from './balance/day-figures.ts';
export type { DayChange } from './balance/post.ts';
export {
  businessDateOf,
  type Calendar,
  type CalendarVersion,
  calendarOf,
  startOfDay,
  versionInForce,
} from './calendar/business-day.ts';
export {
  addDays,
  asBusinessDate,
  type BusinessDate,
  type EpochMs,
  formatDate,
  parseDate,
} from './calendar/calendar-date.ts';
export { isZoneName, wallClockOf } from './calendar/time-zone.ts';
export { ZONE_NAMES } from './calendar/zone-names.ts';
export { DomainError } from './domain-error.ts';
export { DIRECTION_OF } from './ledger/checks.ts';
export { calendarStating } from './ledger/configuration.ts';
export {
  type Accepted,
  type Decision,
  type Duplicate,
  POLICY,
  REJECTION_CODES,
  type Rejected,
  type RejectionCode,
} from './ledger/decision.ts';
export { fingerprintOf, fingerprintOfPosting } from './ledger/fingerprint.ts';
export { seal, ZERO_HASH } from './ledger/hash-chain.ts';
export type {
  ClosedAccount,
  DayClosed,
  DayReopened,
  EntryPosted,
  LedgerEvent,
  Leg,
  MerchantConfigApplied,
} from './ledger/ledger-event.ts';
export {
  type MerchantSettings,
  type MerchantView,
  memoryFloor,
  merchantRecordOf,
  settingsOf,
  settingsOfRecord,
} from './ledger/merchant.ts';
export {
  idOfEvent,
  type PostingToRemember,
  type RememberedId,
  type RememberedLeg,
  rememberLedgerEvent,
  rememberPosting,
} from './ledger/remembered-id.ts';
export {
  type Account,
  type AccountCount,
  type DayCloseRequested,
  type DayReopenRequested,
  type EntryKind,
  type EntrySubmitted,
  idOf,
  type LateEntries,
  type MerchantConfigured,
  type Parsed,
  type PaymentMethod,
  parseSubmission,
  type ReversalSubmitted,
  type Source,
  type Submission,
  type TransferPurpose,
  type TransferSubmitted,
} from './ledger/submission.ts';
export { submit } from './ledger/submit.ts';
export { isCurrency } from './money/currency-codes.ts';
export { decimalsOf } from './money/currency-decimals.ts';
export { decimalText } from './money/decimal-text.ts';
export {
  add as addMoney,
  type Direction,
  ENTRY_MINOR_MAX,
  type MinorUnits,
  MoneyOverflowError,
} from './money/money.ts';
