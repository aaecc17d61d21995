/**
 * The end of a day: count without seeing the balance, compare, confirm. What comes later counts on the next open day; a closing can be
 * taken back with a reason. The variance is shown and stated, never booked.
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
import { MatButtonModule } from '@angular/material/button';
import { Router } from '@angular/router';
import type { DayPageBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { firstValueFrom } from 'rxjs';
import { addresses } from '../api/addresses.ts';
import { Session } from '../api/session.ts';
import { ReasonForm } from '../entries/reason-form.ts';
import { Language } from '../i18n/language.ts';
import { DayStatus } from '../look/day-status.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { closeDraft, openDraft } from '../sending/form-ids.ts';
import { Outbox } from '../sending/outbox.ts';
import { SentList } from '../sending/sent-list.ts';
import { MerchantSource } from '../shell/merchant-source.ts';
import { AccountCount, type Counted } from './account-count.ts';
import { type Variance, VarianceTable } from './variance-table.ts';

@Component({
  selector: 'fx-close-page',
  imports: [
    AccountCount,
    DayStatus,
    Failure,
    Icon,
    MatButtonModule,
    Notice,
    ReasonForm,
    SentList,
    Skeleton,
    TranslocoDirective,
    VarianceTable,
  ],
  templateUrl: './close-page.html',
  styleUrl: './close-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ClosePage {
  protected readonly language = inject(Language);
  protected readonly session = inject(Session);
  protected readonly outbox = inject(Outbox);
  readonly #http = inject(HttpClient);
  readonly #router = inject(Router);
  protected readonly source = new MerchantSource(this.#http);
  readonly merchantId = input.required<string>();
  readonly date = input<string>();

  protected readonly day = computed(() => this.date() ?? this.source.page()?.today ?? null);
  protected readonly isClosed = computed(() => {
    const through = this.source.merchant()?.closedThrough ?? null;
    const day = this.day();
    return through !== null && day !== null && day <= through;
  });
  readonly #counts = signal<ReadonlyMap<string, Counted>>(new Map());
  protected readonly isWrong = computed(() =>
    [...this.#counts().values()].some((each) => each === undefined),
  );
  /** The balance that the counts are compared with; null while counting. */
  protected readonly compared = signal<DayPageBody | null>(null);
  protected readonly error = signal<unknown>(null);
  #asked = 0;
  protected readonly isReopening = signal(false);

  protected readonly rows = computed<readonly Variance[]>(() => {
    const page = this.compared();
    return (page?.merchant.accounts ?? []).map(({ accountId, name, currency }) => {
      const balance = page?.balance.accounts.find((each) => each.accountId === accountId);
      const countedMinor = this.#counts().get(accountId) ?? null;
      // An account that was never touched closes at nothing: spec.md 3.5 lists every configured one.
      const closingMinor = balance?.closingMinor ?? 0;
      const varianceMinor = countedMinor === null ? null : countedMinor - closingMinor;
      return { accountId, name, currency, countedMinor, closingMinor, varianceMinor };
    });
  });
  protected readonly hasCounts = computed(() =>
    this.rows().some(({ countedMinor }) => countedMinor !== null),
  );

  constructor() {
    effect(() => {
      const merchantId = this.merchantId();
      untracked(() => this.source.open(merchantId));
    });
    effect(() => {
      this.merchantId();
      this.day();
      untracked(() => this.#countAgain());
    });
    effect(() => {
      if (this.outbox.settled() === 0) return;
      untracked(() => {
        this.#countAgain();
        void this.source.reload();
      });
    });
  }

  protected choose(event: Event): void {
    const date = (event.target as HTMLInputElement).value;
    if (date !== '') void this.#router.navigate(['/m', this.merchantId(), 'close', date]);
  }

  protected count(accountId: string, counted: Counted): void {
    this.#counts.update((counts) => new Map(counts).set(accountId, counted));
  }

  /** An answer that another question or another day has overtaken is thrown away. */
  protected async compare(): Promise<void> {
    const day = this.day();
    if (day === null || this.isWrong()) return;
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const page = await firstValueFrom(this.#http.get<DayPageBody>(addresses.day(this.merchantId(), day)));
      if (mine !== this.#asked) return;
      this.compared.set(page);
      this.error.set(null);
    } catch (error) {
      if (mine === this.#asked) this.error.set(error);
    }
  }

  protected confirm(): void {
    const counts = this.rows().flatMap(({ accountId, countedMinor }) =>
      countedMinor === null ? [] : [{ accountId, countedMinor }],
    );
    this.#put('close', { counts });
    this.compared.set(null);
  }

  protected reopen(reason: string): void {
    this.#put('reopen', { reason });
    this.isReopening.set(false);
  }

  /** What was compared, or is on its way, is of another day or of before. */
  #countAgain(): void {
    this.#asked += 1;
    this.compared.set(null);
    this.error.set(null);
  }

  #put(kind: 'close' | 'reopen', fields: object): void {
    const day = this.day();
    if (day === null) return;
    const form = `${kind}.${this.merchantId()}.${day}`;
    const { id, idempotencyKey } = openDraft(form);
    closeDraft(form);
    const requestedBy = this.session.person()?.name ?? '';
    this.outbox.put({
      id,
      idempotencyKey,
      kind,
      merchantId: this.merchantId(),
      method: 'POST',
      path: `/days/${day}/${kind}`,
      body: { requestId: id, requestedBy, ...fields },
      amountMinor: null,
      currency: null,
      about: day,
    });
  }
}
