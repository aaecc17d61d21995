/**
 * Submissions (spec.md 2.1) and the content part of check 1 (spec.md 3.2): what decodes is either a submission whose every
 * field has its form, or malformed, with a sentence that says which field and why. Behind `parseSubmission` nobody looks at
 * forms again. What a field means for its merchant (an account it does not have, an amount of 0) is `submit.ts`.
 */
import type { BusinessDate, EpochMs } from '../calendar/calendar-date.ts';
import type { Direction, MinorUnits } from '../money/money.ts';
import {
  currency,
  date,
  type Form,
  id,
  instant,
  integer,
  listOf,
  name,
  oneOf,
  optional,
  recordOf,
  text,
  uuid,
} from './field-form.ts';

/** The system that made the message. */
export type Source = {
  readonly system: string;
  readonly deviceId: string | null;
  /** The originator's own running number. */
  readonly sequence: number | null;
};

type Common = {
  readonly merchantId: string;
  /** When the originator first made this message; the same in every retransmission. */
  readonly submittedAt: EpochMs;
  readonly source: Source;
};

export type EntryKind =
  | 'SALE'
  | 'REFUND'
  | 'CASH_IN'
  | 'CASH_OUT'
  | 'FEE'
  | 'ADJUSTMENT'
  | 'OPENING'
  | 'OTHER';

export type PaymentMethod =
  | 'CASH'
  | 'DEBIT_CARD'
  | 'CREDIT_CARD'
  | 'PIX'
  | 'BOLETO'
  | 'VOUCHER'
  | 'CHECK'
  | 'BANK_TRANSFER'
  | 'OTHER';

export type TransferPurpose = 'SANGRIA' | 'SUPRIMENTO' | 'DEPOSIT' | 'WITHDRAWAL' | 'OTHER';

/** Money in or out of one account of a merchant. */
export type EntrySubmitted = Common & {
  readonly entryId: string;
  readonly accountId: string;
  readonly direction: Direction;
  readonly kind: EntryKind;
  readonly paymentMethod: PaymentMethod;
  readonly amountMinor: MinorUnits;
  readonly currency: string;
  /** When it happened at the till. */
  readonly occurredAt: EpochMs;
  readonly description: string | null;
  readonly externalId: string | null;
};

/** Money moved between two accounts of one merchant; posts two legs or none. */
export type TransferSubmitted = Common & {
  readonly entryId: string;
  readonly fromAccountId: string;
  readonly toAccountId: string;
  readonly amountMinor: MinorUnits;
  readonly currency: string;
  readonly occurredAt: EpochMs;
  readonly purpose: TransferPurpose;
  readonly description: string | null;
};

/** Takes back one earlier entry or transfer in full. */
export type ReversalSubmitted = Common & {
  /** Of the reversal itself. */
  readonly entryId: string;
  readonly reversesEntryId: string;
  readonly reason: string;
  readonly occurredAt: EpochMs;
};

export type Account = {
  readonly accountId: string;
  readonly name: string;
  readonly type: 'DRAWER' | 'SAFE' | 'BANK' | 'ACQUIRER' | 'OTHER';
  readonly currency: string;
};

/** What becomes of an entry for a day that can no longer be booked: counted later, or refused (spec.md 3.3). */
export type LateEntries = 'BOOK_TODAY' | 'REJECT';

/** What a configuration says (spec.md 3.6). */
export type Configuration = {
  readonly configId: string;
  readonly name: string;
  readonly zone: string;
  readonly cutoffMinutes: number;
  readonly effectiveFrom: BusinessDate;
  readonly lateEntries: LateEntries;
  readonly backdateLimitDays: number;
  readonly accounts: readonly Account[];
};

/** Makes a merchant known or changes its settings. */
export type MerchantConfigured = Common & Configuration;

export type AccountCount = {
  readonly accountId: string;
  /** What was found in the drawer. */
  readonly countedMinor: MinorUnits;
};

/** Asks to close a business day and all before it. */
export type DayCloseRequested = Common & {
  readonly requestId: string;
  readonly businessDate: BusinessDate;
  readonly requestedBy: string;
  readonly counts: readonly AccountCount[];
};

/** Asks to open a closed business day and all after it again. */
export type DayReopenRequested = Common & {
  readonly requestId: string;
  readonly businessDate: BusinessDate;
  readonly requestedBy: string;
  readonly reason: string;
};

export type Submission =
  | { readonly type: 'EntrySubmitted'; readonly value: EntrySubmitted }
  | { readonly type: 'TransferSubmitted'; readonly value: TransferSubmitted }
  | { readonly type: 'ReversalSubmitted'; readonly value: ReversalSubmitted }
  | { readonly type: 'MerchantConfigured'; readonly value: MerchantConfigured }
  | { readonly type: 'DayCloseRequested'; readonly value: DayCloseRequested }
  | { readonly type: 'DayReopenRequested'; readonly value: DayReopenRequested };

/** The id under which a submission is remembered; all ids of a merchant share one name space. */
export function idOf({ type, value }: Submission): string {
  switch (type) {
    case 'EntrySubmitted':
    case 'TransferSubmitted':
    case 'ReversalSubmitted':
      return value.entryId;
    case 'MerchantConfigured':
      return value.configId;
    case 'DayCloseRequested':
    case 'DayReopenRequested':
      return value.requestId;
  }
}

const common = {
  merchantId: id,
  submittedAt: instant,
  source: recordOf<Source>({ system: name, deviceId: optional(name), sequence: optional(integer) }),
};

const forms: { readonly [Type in Submission['type']]: Form } = {
  EntrySubmitted: recordOf<EntrySubmitted>({
    ...common,
    entryId: uuid,
    accountId: id,
    direction: oneOf('CREDIT', 'DEBIT'),
    kind: oneOf('SALE', 'REFUND', 'CASH_IN', 'CASH_OUT', 'FEE', 'ADJUSTMENT', 'OPENING', 'OTHER'),
    paymentMethod: oneOf(
      'CASH',
      'DEBIT_CARD',
      'CREDIT_CARD',
      'PIX',
      'BOLETO',
      'VOUCHER',
      'CHECK',
      'BANK_TRANSFER',
      'OTHER',
    ),
    amountMinor: integer,
    currency,
    occurredAt: instant,
    description: optional(text),
    externalId: optional(text),
  }),
  TransferSubmitted: recordOf<TransferSubmitted>({
    ...common,
    entryId: uuid,
    fromAccountId: id,
    toAccountId: id,
    amountMinor: integer,
    currency,
    occurredAt: instant,
    purpose: oneOf('SANGRIA', 'SUPRIMENTO', 'DEPOSIT', 'WITHDRAWAL', 'OTHER'),
    description: optional(text),
  }),
  ReversalSubmitted: recordOf<ReversalSubmitted>({
    ...common,
    entryId: uuid,
    reversesEntryId: uuid,
    reason: text,
    occurredAt: instant,
  }),
  MerchantConfigured: recordOf<MerchantConfigured>({
    ...common,
    configId: uuid,
    name,
    zone: name,
    cutoffMinutes: integer,
    effectiveFrom: date,
    lateEntries: oneOf('BOOK_TODAY', 'REJECT'),
    backdateLimitDays: integer,
    accounts: listOf(
      recordOf<Account>({
        accountId: id,
        name,
        type: oneOf('DRAWER', 'SAFE', 'BANK', 'ACQUIRER', 'OTHER'),
        currency,
      }),
    ),
  }),
  DayCloseRequested: recordOf<DayCloseRequested>({
    ...common,
    requestId: uuid,
    businessDate: date,
    requestedBy: name,
    counts: listOf(recordOf<AccountCount>({ accountId: id, countedMinor: integer })),
  }),
  DayReopenRequested: recordOf<DayReopenRequested>({
    ...common,
    requestId: uuid,
    businessDate: date,
    requestedBy: name,
    reason: text,
  }),
};

export type Parsed = { readonly submission: Submission } | { readonly problem: string };

/**
 * Takes a decoded record of this type for a submission, or says what about it is malformed: a problem for people, which
 * names the field and may change. The value is not copied.
 */
export function parseSubmission(type: string, value: object): Parsed {
  if (!isSubmissionType(type)) return { problem: `${type} is not a type of submission` };
  const problem = forms[type](value);
  if (problem !== undefined) return { problem: `${type}${problem}` };
  return { submission: { type, value } as Submission };
}

function isSubmissionType(type: string): type is Submission['type'] {
  return Object.hasOwn(forms, type);
}
