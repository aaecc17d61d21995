/**
 * Today: what there is now, live. Figures come as whole documents, first with the page and then on the line of changes; of two, the one
 * with the higher revision is shown. The line says which day is today, and the page follows.
 */
import { httpResource } from '@angular/common/http';
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
import { RouterLink } from '@angular/router';
import type { DayPageBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Session } from '../api/session.ts';
import { AccountTable } from '../balance/account-table.ts';
import { Breakdown } from '../balance/breakdown.ts';
import { CurrencyFigures } from '../balance/currency-figures.ts';
import { sharesOf } from '../balance/shares.ts';
import { shownCurrency } from '../balance/shown-currency.ts';
import { EntryList } from '../entries/entry-list.ts';
import { LatestEntries } from '../entries/latest-entries.ts';
import { Language } from '../i18n/language.ts';
import { followToday } from '../live/follow-today.ts';
import { LineStatus } from '../live/line-status.ts';
import { LiveDay, newerOf } from '../live/live-day.ts';
import { DayStatus } from '../look/day-status.ts';
import { Failure } from '../look/failure.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { namedWallTime } from '../merchant/wall-time.ts';
import { CurrentMerchant } from '../shell/current-merchant.ts';

@Component({
  selector: 'fx-today-page',
  imports: [
    AccountTable,
    Breakdown,
    CurrencyFigures,
    DayStatus,
    EntryList,
    Failure,
    LineStatus,
    MatButtonModule,
    Notice,
    RouterLink,
    Skeleton,
    TranslocoDirective,
  ],
  templateUrl: './today-page.html',
  styleUrl: './today-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class TodayPage {
  protected readonly language = inject(Language);
  protected readonly session = inject(Session);
  readonly #current = inject(CurrentMerchant);
  readonly merchantId = input.required<string>();

  protected readonly answer = httpResource<DayPageBody>(() => addresses.day(this.merchantId(), 'today'));
  protected readonly page = computed(() => (this.answer.hasValue() ? this.answer.value() : null));
  protected readonly line = new LiveDay();
  protected readonly latest = new LatestEntries();

  /** The newer of what came with the page and what came since. */
  protected readonly shown = computed(() => newerOf(this.page(), this.line.latest()));
  /** Of when that is, in words. */
  protected readonly shownAt = computed(() => {
    const [page, shown] = [this.page(), this.shown()];
    return page === null || shown === null
      ? ''
      : namedWallTime(shown.freshness.shownAt, page.merchant, this.language);
  });
  protected readonly currency = signal<string | null>(null);
  protected readonly totals = computed(() => this.shown()?.balance.totals ?? []);
  protected readonly shownCurrency = computed(() =>
    shownCurrency(
      this.currency(),
      this.totals().map(({ currency }) => currency),
    ),
  );
  protected readonly methods = computed(() => sharesOf.method(this.shown()?.balance, this.shownCurrency()));
  protected readonly kinds = computed(() => sharesOf.kind(this.shown()?.balance, this.shownCurrency()));

  constructor() {
    // A line is of the page on the screen: that of another one says nothing here.
    effect(() => {
      this.merchantId();
      untracked(() => this.line.close());
    });
    effect(() => {
      const page = this.page();
      if (page === null) return;
      this.#current.merchant.set(page.merchant);
      untracked(() => {
        this.line.open(page.merchant.merchantId, page.today);
        this.latest.show(page);
      });
    });
    effect(() => {
      const revision = this.line.latest()?.balance.revision;
      if (revision !== undefined) this.latest.look(revision);
    });
    followToday(this.line, this.answer);
  }
}
