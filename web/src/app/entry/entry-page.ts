/**
 * New entries and transfers. The form has its id from the moment it is opened, and keeps it through a reload; it can be sent without a
 * line, waits on this device then, and says of each what became of it.
 */
import { HttpClient } from '@angular/common/http';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  type ElementRef,
  effect,
  inject,
  input,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { FormControl, FormGroup, ReactiveFormsModule, Validators } from '@angular/forms';
import { MatButtonModule } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInputModule } from '@angular/material/input';
import { MatSelectModule } from '@angular/material/select';
import { DIRECTION_OF } from '@fluxo/domain';
import { TranslocoDirective } from '@jsverse/transloco';
import { Session } from '../api/session.ts';
import { kinds, methodsOf } from '../entries/choices.ts';
import { Language } from '../i18n/language.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { zoneInForce } from '../merchant/zone-in-force.ts';
import { amountValidator } from '../money/amount.validator.ts';
import { AMOUNT_MINOR_MAX, parseAmount } from '../money/minor-units.ts';
import type { Command } from '../sending/command.ts';
import {
  closeDraft,
  draftToCorrect,
  type FormDraft,
  keepDraft,
  newDraft,
  openDraft,
} from '../sending/form-ids.ts';
import { Outbox } from '../sending/outbox.ts';
import { SentList } from '../sending/sent-list.ts';
import { MerchantSource } from '../shell/merchant-source.ts';
import {
  commandOf,
  type EntryValues,
  emptyValues,
  type Mode,
  modes,
  occurredAtOf,
  type Purpose,
  purposes,
  type ShownTime,
  usualAccounts,
  whenOf,
  zoneOfReading,
} from './entry-form.ts';

@Component({
  selector: 'fx-entry-page',
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
  templateUrl: './entry-page.html',
  styleUrl: './entry-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class EntryPage {
  protected readonly language = inject(Language);
  protected readonly session = inject(Session);
  protected readonly outbox = inject(Outbox);
  protected readonly source = new MerchantSource(inject(HttpClient));
  readonly merchantId = input.required<string>();
  /** `transfer` opens the other form; a link may say so. */
  readonly mode = input<string>();
  private readonly amountField = viewChild<ElementRef<HTMLInputElement>>('amountField');

  protected readonly kinds = kinds;
  protected readonly methodsOf = methodsOf;
  protected readonly purposes = purposes;
  protected readonly shownMode = signal<Mode>('entry');
  readonly #draft = signal<FormDraft<EntryValues> | null>(null);
  #corrected: ShownTime | null = null;
  protected readonly formId = computed(() => this.#draft()?.id ?? '');
  protected readonly sentCount = computed(
    () =>
      this.outbox
        .commands()
        .filter(
          ({ merchantId, kind }) =>
            merchantId === this.merchantId() && (kind === 'entry' || kind === 'transfer'),
        ).length,
  );

  protected readonly form = new FormGroup({
    kind: new FormControl<EntryValues['kind']>('SALE', { nonNullable: true }),
    direction: new FormControl<'CREDIT' | 'DEBIT'>('CREDIT', { nonNullable: true }),
    paymentMethod: new FormControl('CASH', { nonNullable: true }),
    accountId: new FormControl('', { nonNullable: true }),
    purpose: new FormControl<Purpose>('SANGRIA', { nonNullable: true }),
    fromAccountId: new FormControl('', { nonNullable: true }),
    toAccountId: new FormControl('', { nonNullable: true }),
    amount: new FormControl('', {
      nonNullable: true,
      validators: [
        amountValidator(() => ({
          currency: this.currency(),
          locale: this.language.locale(),
          max: AMOUNT_MINOR_MAX,
        })),
      ],
    }),
    when: new FormControl('', { nonNullable: true }),
    description: new FormControl('', { nonNullable: true, validators: [Validators.maxLength(512)] }),
  });
  readonly #values = toSignal(this.form.valueChanges, { initialValue: this.form.value });
  protected readonly isEitherWay = computed(() => DIRECTION_OF[this.#values().kind ?? 'SALE'] === null);

  constructor() {
    effect(() => {
      const merchantId = this.merchantId();
      untracked(() => this.source.open(merchantId));
    });
    effect(() => {
      const merchant = this.source.merchant();
      if (merchant === null) return;
      untracked(() => this.#open());
    });
    this.form.valueChanges.subscribe(() => this.#keep());
    this.form.controls.purpose.valueChanges.subscribe((purpose) => this.#chooseUsual(purpose));
  }

  /** What a typed time is read in. */
  protected zone(): string {
    const merchant = this.source.merchant();
    if (merchant === null) return 'UTC';
    return zoneOfReading(this.form.controls.when.value, merchant) ?? zoneInForce(merchant, Date.now());
  }

  protected currency(): string {
    const { accountId, fromAccountId } = this.form?.value ?? {};
    const id = this.shownMode() === 'transfer' ? fromAccountId : accountId;
    return this.source.merchant()?.accounts.find((account) => account.accountId === id)?.currency ?? 'BRL';
  }

  protected show(mode: Mode): void {
    this.shownMode.set(mode);
    this.#keep();
  }

  protected send(event: Event): void {
    event.preventDefault();
    this.form.controls.amount.updateValueAndValidity();
    this.form.markAllAsTouched();
    const merchant = this.source.merchant();
    const draft = this.#draft();
    const values = this.#current();
    const amount = parseAmount(values.amount, this.currency(), this.language.locale());
    if (merchant === null || draft === null || this.form.invalid || amount.kind !== 'amount') {
      this.amountField()?.nativeElement.focus();
      return;
    }
    if (values.mode === 'transfer' && values.fromAccountId === values.toAccountId) {
      this.form.controls.toAccountId.setErrors({ same: true });
      return;
    }
    const occurredAt = occurredAtOf(values, this.zone()) ?? new Date().toISOString();
    const ids = { id: draft.id, idempotencyKey: draft.idempotencyKey };
    this.outbox.put(commandOf({ merchant, values, amountMinor: amount.minor, occurredAt, ids }));
    this.#next({ ...values, amount: '', when: '', description: '' });
  }

  /** Back into the form, under its own id where the refusal has left it free. The key of the request is new, because the content will be. */
  protected correct(command: Command): void {
    const { id, body, kind } = command;
    const merchant = this.source.merchant();
    if (merchant === null) return;
    const { description = '', occurredAt, ...rest } = body as Partial<EntryValues> & { occurredAt: string };
    const when = whenOf(occurredAt, zoneInForce(merchant, Date.parse(occurredAt)));
    this.#corrected = { when, occurredAt };
    this.shownMode.set(kind === 'transfer' ? 'transfer' : 'entry');
    // Silently: the purpose would answer with its usual accounts, and those that were written stand.
    this.form.patchValue({ ...rest, when, description, amount: '' }, { emitEvent: false });
    this.#draft.set(draftToCorrect(command));
    this.form.updateValueAndValidity();
    this.outbox.drop(id);
    this.amountField()?.nativeElement.focus();
  }

  get #key(): string {
    return `entry.${this.merchantId()}`;
  }

  /** The form as it was left, or an empty one. One that has been sent meanwhile is over. */
  #open(): void {
    const merchant = this.source.merchant();
    if (merchant === null || this.#draft() !== null) return;
    let draft = openDraft<EntryValues>(this.#key);
    if (this.outbox.find(draft.id) !== undefined) draft = newDraft();
    const asked = modes.find((mode) => mode === this.mode());
    const { mode, corrected = null, ...values } = draft.values ?? emptyValues(merchant, 'entry');
    this.shownMode.set(asked ?? mode);
    this.#corrected = corrected;
    this.form.setValue(values, { emitEvent: false });
    this.#draft.set(draft);
    this.form.updateValueAndValidity();
  }

  #next(values: EntryValues): void {
    closeDraft(this.#key);
    this.#draft.set(newDraft());
    this.#corrected = null;
    const { mode: _, corrected: __, ...fields } = values;
    this.form.reset(fields);
    this.amountField()?.nativeElement.focus();
  }

  #current(): EntryValues {
    return { mode: this.shownMode(), corrected: this.#corrected, ...this.form.getRawValue() };
  }

  #keep(): void {
    const draft = this.#draft();
    if (draft !== null) keepDraft(this.#key, { ...draft, values: this.#current() });
  }

  #chooseUsual(purpose: Purpose): void {
    const merchant = this.source.merchant();
    const usual = merchant === null ? null : usualAccounts(merchant, purpose);
    if (usual !== null) this.form.patchValue({ fromAccountId: usual[0], toAccountId: usual[1] });
  }
}
