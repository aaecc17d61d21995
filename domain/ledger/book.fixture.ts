/**
 * A merchant's book for the tests of this package: keeps in memory what a decision says, as the processor does with its
 * outputs, and writes submissions down shortly. Times are those of a wall clock in São Paulo, three hours behind UTC.
 */
import type { Day } from '../balance/day-figures.ts';
import type { BusinessDate, EpochMs } from '../calendar/calendar-date.ts';
import { formatDate, parseDate } from '../calendar/calendar-date.ts';
import type { Decision } from './decision.ts';
import type { LedgerEvent } from './ledger-event.ts';
import type { MerchantSettings, MerchantView } from './merchant.ts';
import { type RememberedId, rememberLedgerEvent } from './remembered-id.ts';
import { parseSubmission, type Submission } from './submission.ts';
import { submit } from './submit.ts';

const SAO_PAULO_OFFSET_MS = -3 * 3_600_000;
const MINUTE_MS = 60_000;

export const MERCHANT = 'loja-1';

/** `2026-03-10 14:05` on a wall in São Paulo. */
export function local(text: string): EpochMs {
  const [day = '', time = '00:00'] = text.split(' ');
  const [hours, minutes] = time.split(':').map(Number);
  const minutesOfDay = (hours ?? 0) * 60 + (minutes ?? 0);
  return date(day) * 86_400_000 + minutesOfDay * MINUTE_MS - SAO_PAULO_OFFSET_MS;
}

export function date(text: string): BusinessDate {
  const parsed = parseDate(text);
  if (parsed === undefined) throw new Error(`${text} is no date`);
  return parsed;
}

/** A UUID that shows its number. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

type Fields = Readonly<Record<string, unknown>>;

const common = { merchantId: MERCHANT, source: { system: 'test', deviceId: null, sequence: null } };

/** A sale of 10.00 in cash; `occurredAt` and `submittedAt` follow `recordedAt` unless they are given. */
export function entry(number: number, fields: Fields = {}): Draft {
  const defaults = {
    entryId: uuid(number),
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'CASH',
    amountMinor: 1000,
    currency: 'BRL',
    description: null,
    externalId: null,
  };
  return { type: 'EntrySubmitted', occurs: true, fields: { ...common, ...defaults, ...fields } };
}

export function transfer(number: number, fields: Fields = {}): Draft {
  const defaults = {
    entryId: uuid(number),
    fromAccountId: 'drawer',
    toAccountId: 'safe',
    amountMinor: 500,
    currency: 'BRL',
    purpose: 'SANGRIA',
    description: null,
  };
  return { type: 'TransferSubmitted', occurs: true, fields: { ...common, ...defaults, ...fields } };
}

export function reversal(number: number, original: number, fields: Fields = {}): Draft {
  const defaults = { entryId: uuid(number), reversesEntryId: uuid(original), reason: 'estorno' };
  return { type: 'ReversalSubmitted', occurs: true, fields: { ...common, ...defaults, ...fields } };
}

export function account(accountId: string, currency = 'BRL'): Fields {
  return { accountId, name: accountId, type: 'DRAWER', currency };
}

export function configuration(number: number, fields: Fields = {}): Draft {
  const defaults = {
    configId: uuid(number),
    name: 'Loja 1',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 0,
    effectiveFrom: date('2020-01-01'),
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 10,
    accounts: [account('drawer'), account('safe'), account('dollars', 'USD')],
  };
  return { type: 'MerchantConfigured', occurs: false, fields: { ...common, ...defaults, ...fields } };
}

export function closing(number: number, day: string, fields: Fields = {}): Draft {
  const defaults = { requestId: uuid(number), businessDate: date(day), requestedBy: 'gerente', counts: [] };
  return { type: 'DayCloseRequested', occurs: false, fields: { ...common, ...defaults, ...fields } };
}

export function reopening(number: number, day: string, fields: Fields = {}): Draft {
  const defaults = {
    requestId: uuid(number),
    businessDate: date(day),
    requestedBy: 'gerente',
    reason: 'recontagem',
  };
  return { type: 'DayReopenRequested', occurs: false, fields: { ...common, ...defaults, ...fields } };
}

/** A submission whose times are still open. */
export type Draft = { readonly type: string; readonly occurs: boolean; readonly fields: Fields };

/** The submission this draft becomes when it is made, and happens, at this instant. */
export function submissionOf({ type, occurs, fields }: Draft, madeAt: EpochMs): Submission {
  const times = { submittedAt: madeAt, ...(occurs ? { occurredAt: madeAt } : {}) };
  const parsed = parseSubmission(type, { ...times, ...fields });
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.submission;
}

export class Book {
  readonly merchantId = MERCHANT;
  readonly events: LedgerEvent[] = [];
  readonly days: Day[] = [];
  readonly ids = new Map<string, RememberedId>();
  /** What a restore makes of the ledger alone. */
  readonly restoredIds = new Map<string, RememberedId>();
  #settings: MerchantSettings | null = null;
  #sourceOffset = 0;

  get ledgerSeq(): number {
    return this.events.length;
  }

  get settings(): MerchantSettings {
    if (this.#settings === null) throw new Error('the merchant is not known yet');
    return this.#settings;
  }

  get view(): MerchantView | undefined {
    return this.#settings === null ? undefined : this;
  }

  remembered(id: string): RememberedId | undefined {
    return this.ids.get(id);
  }

  /** Decides on the draft as recorded at this instant, and keeps what was decided. */
  submit(draft: Draft, recordedAt: EpochMs): Decision {
    const sourceOffset = this.#sourceOffset++;
    const decision = submit(this.view, submissionOf(draft, recordedAt), { recordedAt, sourceOffset });
    if (decision.kind === 'accepted') this.#keep(decision);
    return decision;
  }

  /** `posted`, `duplicate` or the code of the refusal. */
  outcome(draft: Draft, recordedAt: EpochMs): string {
    const decision = this.submit(draft, recordedAt);
    if (decision.kind === 'rejected') return decision.code;
    return decision.kind === 'accepted' ? 'posted' : 'duplicate';
  }

  #keep(accepted: Extract<Decision, { readonly kind: 'accepted' }>): void {
    this.events.push(...accepted.events);
    if (accepted.settings !== null) this.#settings = accepted.settings;
    if (accepted.days !== null) {
      this.days.length = accepted.days.from;
      for (const figures of accepted.days.figures)
        this.days.push({ businessDate: figures.businessDate, figures });
    }
    this.ids.set(accepted.remember.id, accepted.remember.entry);
    if (accepted.reverses !== null) markReversed(this.ids, accepted.reverses);
    for (const event of accepted.events) this.#restore(event);
  }

  #restore(event: LedgerEvent): void {
    const {
      id,
      entry: remembered,
      reverses,
    } = rememberLedgerEvent(event, () => this.restoredIds.get(idIn(event)));
    this.restoredIds.set(id, remembered);
    if (reverses !== null) markReversed(this.restoredIds, reverses);
  }

  /** The documents, a line per account: `2026-03-10 drawer 0 +1000 -200 = 800`. */
  page(): string[] {
    return this.days.flatMap(({ figures }) =>
      figures.accounts.map(
        (row) =>
          `${formatDate(figures.businessDate)} ${row.accountId} ${row.openingMinor} +${row.creditsMinor} -${row.debitsMinor} = ${row.closingMinor}`,
      ),
    );
  }

  /** The ledger, a line per record: `3 EntryPosted 2026-03-10 SALE drawer +1000`. */
  ledger(): string[] {
    return this.events.map(({ type, value }) => {
      if (type === 'MerchantConfigApplied') return `${value.ledgerSeq} ${type}`;
      if (type !== 'EntryPosted') return `${value.ledgerSeq} ${type} ${formatDate(value.businessDate)}`;
      const own = value.originalBusinessDate === null ? '' : ` (${formatDate(value.originalBusinessDate)})`;
      const sign = value.direction === 'CREDIT' ? '+' : '-';
      return `${value.ledgerSeq} ${type} ${formatDate(value.businessDate)}${own} ${value.kind} ${value.accountId} ${sign}${value.amountMinor}`;
    });
  }
}

/** A book whose merchant was configured on 1 March 2026. */
export function openBook(fields: Fields = {}): Book {
  const book = new Book();
  const outcome = book.outcome(configuration(1, fields), local('2026-03-01 08:00'));
  if (outcome !== 'posted') throw new Error(`the configuration of the book is refused: ${outcome}`);
  return book;
}

function markReversed(ids: Map<string, RememberedId>, id: string): void {
  const original = ids.get(id);
  if (original !== undefined) ids.set(id, { ...original, reversed: true });
}

function idIn({ type, value }: LedgerEvent): string {
  if (type === 'EntryPosted') return value.entryId;
  return type === 'MerchantConfigApplied' ? value.configId : value.requestId;
}
