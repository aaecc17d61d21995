/**
 * A merchant's settings: name, the business day, what happens to late entries, accounts. A change of the business day shows, before it is sent, which
 * days it moves. What counts is what the ledger applies.
 */
import { HttpClient } from '@angular/common/http';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  signal,
  untracked,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import {
  FormArray,
  FormControl,
  FormGroup,
  ReactiveFormsModule,
  type ValidatorFn,
  Validators,
} from '@angular/forms';
import { MatButtonModule } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInputModule } from '@angular/material/input';
import { MatSelectModule } from '@angular/material/select';
import { isZoneName, ZONE_NAMES } from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Session } from '../api/session.ts';
import { Language } from '../i18n/language.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { Outbox } from '../sending/outbox.ts';
import { SentList } from '../sending/sent-list.ts';
import { MerchantSource } from '../shell/merchant-source.ts';
import { calendarToState, previewOf } from './calendar-preview.ts';
import { clockOf, minutesOf } from './cutoff-clock.ts';

type Account = MerchantBody['accounts'][number];
const accountTypes = ['DRAWER', 'SAFE', 'BANK', 'ACQUIRER', 'OTHER'] as const;
const text = (value: string, ...more: readonly ValidatorFn[]) =>
  new FormControl(value, { nonNullable: true, validators: [Validators.required, ...more] });

function accountGroup(account: Account, isNew: boolean) {
  return new FormGroup({
    accountId: text(account.accountId, Validators.pattern(/^[A-Za-z0-9._~-]{1,64}$/)),
    name: text(account.name, Validators.maxLength(128)),
    type: text(account.type),
    currency: text(account.currency, Validators.pattern(/^[A-Z]{3}$/)),
    isNew: new FormControl(isNew, { nonNullable: true }),
  });
}

@Component({
  selector: 'fx-merchant-page',
  imports: [
    Failure,
    Icon,
    MatButtonModule,
    MatFormFieldModule,
    MatInputModule,
    MatSelectModule,
    Notice,
    ReactiveFormsModule,
    SentList,
    Skeleton,
    TranslocoDirective,
  ],
  templateUrl: './merchant-page.html',
  styleUrl: './merchant-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MerchantPage {
  protected readonly language = inject(Language);
  protected readonly session = inject(Session);
  readonly #outbox = inject(Outbox);
  protected readonly source = new MerchantSource(inject(HttpClient));
  readonly merchantId = input.required<string>();
  protected readonly zones = ZONE_NAMES;
  protected readonly accountTypes = accountTypes;
  protected readonly isInvalidShown = signal(false);
  /** The merchant whose settings stand in the form. */
  readonly #shown = signal<MerchantBody | null>(null);

  protected readonly form = new FormGroup({
    name: text('', Validators.maxLength(128)),
    zone: text('UTC', (control) => (isZoneName(control.value) ? null : { zone: true })),
    cutoff: text('00:00', (control) => ((minutesOf(control.value) ?? 721) <= 720 ? null : { cutoff: true })),
    effectiveFrom: text(''),
    lateEntries: text('BOOK_TODAY'),
    backdateLimitDays: text('0', Validators.pattern(/^\d{1,3}$/), Validators.max(400)),
    accounts: new FormArray<ReturnType<typeof accountGroup>>([]),
  });
  readonly #values = toSignal(this.form.valueChanges, { initialValue: this.form.value });
  protected readonly preview = computed(() => {
    const page = this.source.page();
    const { zone = '', cutoff = '', effectiveFrom = '' } = this.#values();
    const cutoffMinutes = minutesOf(cutoff);
    if (page === null || !isZoneName(zone) || cutoffMinutes === null) return null;
    return previewOf(page.merchant, page.today, { zone, cutoffMinutes, effectiveFrom });
  });

  constructor() {
    effect(() => {
      const merchantId = this.merchantId();
      untracked(() => this.source.open(merchantId));
    });
    effect(() => {
      const page = this.source.page();
      if (page !== null && page.merchant.revision !== this.#shown()?.revision)
        untracked(() => this.#fill(page.merchant, page.today));
    });
    effect(() => {
      if (this.#outbox.settled() > 0) untracked(() => void this.source.reload());
    });
  }

  protected addAccount(): void {
    const currency = this.#shown()?.accounts[0]?.currency ?? 'BRL';
    this.form.controls.accounts.push(
      accountGroup({ accountId: '', name: '', type: 'DRAWER', currency }, true),
    );
  }

  protected removeAccount(index: number): void {
    this.form.controls.accounts.removeAt(index);
  }

  protected hour(instant: string): string {
    return this.language.time(instant, this.form.controls.zone.value, {
      day: '2-digit',
      month: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  }

  protected hours(minutes: number): string {
    return this.language.count(minutes / 60);
  }

  protected clock(minutes: number): string {
    return clockOf(minutes);
  }

  protected save(event: Event): void {
    event.preventDefault();
    this.form.markAllAsTouched();
    this.isInvalidShown.set(this.form.invalid);
    const { cutoff, accounts, backdateLimitDays, ...rest } = this.form.getRawValue();
    const cutoffMinutes = minutesOf(cutoff);
    if (this.form.invalid || cutoffMinutes === null) return;
    const id = crypto.randomUUID();
    this.#outbox.put({
      id,
      idempotencyKey: crypto.randomUUID(),
      kind: 'settings',
      merchantId: this.merchantId(),
      method: 'PUT',
      path: '',
      body: {
        configId: id,
        ...rest,
        cutoffMinutes,
        backdateLimitDays: Number(backdateLimitDays),
        accounts: accounts.map(({ accountId, name, type, currency }) => ({
          accountId,
          name,
          type,
          currency,
        })),
      },
      amountMinor: null,
      currency: null,
      about: this.merchantId(),
    });
  }

  #fill(merchant: MerchantBody, today: string): void {
    const { zone, cutoffMinutes, effectiveFrom } = calendarToState(merchant, today);
    this.#shown.set(merchant);
    this.form.controls.accounts.clear({ emitEvent: false });
    for (const account of merchant.accounts)
      this.form.controls.accounts.push(accountGroup(account, false), { emitEvent: false });
    this.form.patchValue({
      name: merchant.name,
      zone,
      cutoff: clockOf(cutoffMinutes),
      effectiveFrom,
      lateEntries: merchant.lateEntries,
      backdateLimitDays: String(merchant.backdateLimitDays),
    });
    if (!this.session.may('merchants:admin')) this.form.disable();
  }
}
