/**
 * Submissions for tests, drawn from a seed: plausible tills with much of what goes wrong mixed in (retransmissions, late
 * entries, closings, reversals of anything, changes of settings, wrong accounts). Same seed, same submissions. It needs
 * nothing from outside, so the project's own tests can always run; the nastier generator stands beside the contract.
 */
import type { AvroRecords } from '@fluxo/schemas';

type SubmissionName =
  | 'EntrySubmitted'
  | 'TransferSubmitted'
  | 'ReversalSubmitted'
  | 'MerchantConfigured'
  | 'DayCloseRequested'
  | 'DayReopenRequested';

export type GeneratedSubmission = {
  readonly [Name in SubmissionName]: { readonly type: Name; readonly value: AvroRecords[Name] };
}[SubmissionName] & { readonly recordedAt: number };

export type GeneratorOptions = {
  readonly seed: number;
  readonly count: number;
  readonly merchants: number;
  /** The time between the first and the last record, days. */
  readonly days: number;
};

const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2026, 10, 24, 12);
const ZONES = [
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'UTC',
] as const;
const ACCOUNTS = [
  { accountId: 'bank', name: 'Banco', type: 'BANK', currency: 'BRL' },
  { accountId: 'drawer-1', name: 'Caixa 1', type: 'DRAWER', currency: 'BRL' },
  { accountId: 'dollars', name: 'Dólares', type: 'SAFE', currency: 'USD' },
] as const;

export function* generateSubmissions(options: GeneratorOptions): Generator<GeneratedSubmission> {
  const till = new Till(options);
  for (let index = 0; index < options.merchants; index++) yield till.configure(index, 0);
  for (let n = 0; n < options.count; n++) yield till.next(n / options.count);
}

class Till {
  readonly #options: GeneratorOptions;
  readonly #sent: GeneratedSubmission[] = [];
  #state: number;
  #ids = 0;

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#state = options.seed;
  }

  next(share: number): GeneratedSubmission {
    const kind = this.#draw(20);
    const merchant = this.#draw(this.#options.merchants);
    if (kind < 11) return this.#keep(this.#entry(merchant, share));
    if (kind < 13) return this.#keep(this.#transfer(merchant, share));
    if (kind < 15) return this.#keep(this.#reversal(merchant, share));
    if (kind === 15)
      return {
        ...(this.#sent[this.#draw(this.#sent.length)] ?? this.#entry(merchant, share)),
        recordedAt: this.#time(share),
      };
    if (kind === 16) return this.#day('DayCloseRequested', merchant, share);
    if (kind === 17) return this.#day('DayReopenRequested', merchant, share);
    if (kind === 18) return this.configure(merchant, share);
    return this.#entry(this.#options.merchants, share);
  }

  configure(merchant: number, share: number): GeneratedSubmission {
    const recordedAt = this.#time(share);
    const isFirst = share === 0;
    const value = {
      ...this.#common(merchant, recordedAt),
      configId: this.#id(),
      name: `Loja ${merchant}`,
      zone: ZONES[isFirst ? merchant % ZONES.length : this.#draw(ZONES.length)] ?? 'UTC',
      cutoffMinutes: isFirst ? 0 : this.#draw(4) * 60,
      effectiveFrom: Math.floor(recordedAt / DAY_MS) + (isFirst ? -400 : this.#draw(4)),
      lateEntries: this.#draw(2) === 0 ? ('BOOK_TODAY' as const) : ('REJECT' as const),
      backdateLimitDays: [0, 3, 30, 400][this.#draw(4)] ?? 0,
      accounts: ACCOUNTS,
    };
    return { type: 'MerchantConfigured', value, recordedAt };
  }

  #entry(merchant: number, share: number): GeneratedSubmission {
    const recordedAt = this.#time(share);
    const account = ACCOUNTS[this.#draw(3)] ?? ACCOUNTS[0];
    const isCredit = this.#draw(3) > 0;
    const value = {
      ...this.#common(merchant, recordedAt),
      entryId: this.#id(),
      accountId: account.accountId,
      direction: isCredit ? ('CREDIT' as const) : ('DEBIT' as const),
      kind: isCredit ? ('SALE' as const) : ('REFUND' as const),
      paymentMethod: this.#draw(2) === 0 ? ('CASH' as const) : ('PIX' as const),
      amountMinor: this.#draw(50) === 0 ? 0 : 1 + this.#draw(100_000),
      currency: this.#draw(40) === 0 ? 'XTS' : account.currency,
      occurredAt: this.#happened(recordedAt),
      description: this.#draw(2) === 0 ? null : 'venda à vista',
      externalId: null,
    };
    return { type: 'EntrySubmitted', value, recordedAt };
  }

  #transfer(merchant: number, share: number): GeneratedSubmission {
    const recordedAt = this.#time(share);
    const value = {
      ...this.#common(merchant, recordedAt),
      entryId: this.#id(),
      fromAccountId: 'drawer-1',
      toAccountId: this.#draw(10) === 0 ? 'drawer-1' : 'bank',
      amountMinor: 1 + this.#draw(100_000),
      currency: 'BRL',
      occurredAt: this.#happened(recordedAt),
      purpose: 'SANGRIA' as const,
      description: null,
    };
    return { type: 'TransferSubmitted', value, recordedAt };
  }

  #reversal(merchant: number, share: number): GeneratedSubmission {
    const recordedAt = this.#time(share);
    const original = this.#sent[this.#draw(this.#sent.length)];
    const home = original?.value.merchantId ?? merchantIdOf(merchant);
    const value = {
      ...this.#common(merchant, recordedAt),
      merchantId: home,
      entryId: this.#id(),
      reversesEntryId:
        original !== undefined && 'entryId' in original.value ? original.value.entryId : this.#id(),
      reason: 'estorno',
      occurredAt: recordedAt,
    };
    return { type: 'ReversalSubmitted', value, recordedAt };
  }

  #day(
    type: 'DayCloseRequested' | 'DayReopenRequested',
    merchant: number,
    share: number,
  ): GeneratedSubmission {
    const recordedAt = this.#time(share);
    const day = {
      ...this.#common(merchant, recordedAt),
      requestId: this.#id(),
      businessDate: Math.floor(recordedAt / DAY_MS) - this.#draw(6),
      requestedBy: 'gerente',
    };
    if (type === 'DayReopenRequested') return { type, value: { ...day, reason: 'recontagem' }, recordedAt };
    const counts = [{ accountId: 'drawer-1', countedMinor: this.#draw(1_000_000) }];
    return { type, value: { ...day, counts: this.#draw(2) === 0 ? counts : [] }, recordedAt };
  }

  #common(merchant: number, submittedAt: number) {
    return {
      merchantId: merchantIdOf(merchant),
      submittedAt,
      source: { system: 'generator', deviceId: null, sequence: null },
    };
  }

  #keep(submission: GeneratedSubmission): GeneratedSubmission {
    this.#sent.push(submission);
    return submission;
  }

  #time(share: number): number {
    return (
      Math.floor(END_MS - (1 - share) * this.#options.days * DAY_MS) - (this.#draw(30) === 0 ? 3_600_000 : 0)
    );
  }

  #happened(recordedAt: number): number {
    return this.#draw(5) === 0 ? recordedAt - this.#draw(12 * DAY_MS) : recordedAt - this.#draw(60_000);
  }

  #id(): string {
    this.#ids += 1;
    const hex = `${this.#options.seed.toString(16)}${this.#ids.toString(16).padStart(8, '0')}`.padStart(
      12,
      '0',
    );
    return `00000000-0000-4000-8000-${hex.slice(-12)}`;
  }

  /** An integer from 0 up to, not including, `below` (mulberry32). */
  #draw(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }
}

function merchantIdOf(index: number): string {
  return `loja-${index}`;
}
