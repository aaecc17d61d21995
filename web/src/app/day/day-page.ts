/**
 * A day: what it came to, the movements behind that, and where it is proven. The balance stays right while the list of movements cannot be read;
 * each part says so for itself. When the day changes the page of `today` comes to the new one, and that of a date learns that it is past.
 */
import { httpResource } from '@angular/common/http';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  untracked,
} from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import type { DayPageBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Session } from '../api/session.ts';
import { CurrencyFigures } from '../balance/currency-figures.ts';
import { EntryTable } from '../entries/entry-table.ts';
import { Language } from '../i18n/language.ts';
import { followToday } from '../live/follow-today.ts';
import { LineStatus } from '../live/line-status.ts';
import { LiveDay, newerOf } from '../live/live-day.ts';
import { DayStatus } from '../look/day-status.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { namedWallTime } from '../merchant/wall-time.ts';
import { Outbox } from '../sending/outbox.ts';
import { CurrentMerchant } from '../shell/current-merchant.ts';
import { dateAfter } from './dates.ts';
import { DayEvents } from './day-events.ts';
import { DayHistory } from './day-history.ts';

@Component({
  selector: 'fx-day-page',
  imports: [
    CurrencyFigures,
    DayHistory,
    DayStatus,
    EntryTable,
    Failure,
    Icon,
    LineStatus,
    MatButtonModule,
    Notice,
    RouterLink,
    Skeleton,
    TranslocoDirective,
  ],
  templateUrl: './day-page.html',
  styleUrl: './day-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class DayPage {
  protected readonly language = inject(Language);
  protected readonly session = inject(Session);
  protected readonly outbox = inject(Outbox);
  readonly #router = inject(Router);
  readonly #current = inject(CurrentMerchant);
  readonly merchantId = input.required<string>();
  /** A date, or `today`. */
  readonly date = input.required<string>();

  protected readonly answer = httpResource<DayPageBody>(() => addresses.day(this.merchantId(), this.date()));
  protected readonly page = computed(() => (this.answer.hasValue() ? this.answer.value() : null));
  protected readonly line = new LiveDay();
  /** The newer of what came with the page and what came since. */
  protected readonly shown = computed(() => newerOf(this.page(), this.line.latest()));
  /** Of when that is, in words. */
  protected readonly shownAt = computed(() => {
    const [page, shown] = [this.page(), this.shown()];
    return page === null || shown === null
      ? ''
      : namedWallTime(shown.freshness.shownAt, page.merchant, this.language);
  });
  protected readonly businessDate = computed(() => this.page()?.balance.businessDate ?? null);
  protected readonly events = new DayEvents();
  protected readonly before = computed(() => dateAfter(this.businessDate() ?? this.date(), -1));
  protected readonly after = computed(() => dateAfter(this.businessDate() ?? this.date(), 1));
  protected readonly isPast = computed(() => (this.businessDate() ?? '') < (this.page()?.today ?? ''));

  constructor() {
    // A line is of the page on the screen: that of another one says nothing here.
    effect(() => {
      this.merchantId();
      this.date();
      untracked(() => this.line.close());
    });
    effect(() => {
      const page = this.page();
      if (page === null) return;
      this.#current.merchant.set(page.merchant);
      untracked(() => this.line.open(page.merchant.merchantId, page.balance.businessDate));
    });
    followToday(this.line, this.answer);
    // What was sent from here and has been posted changes what stands here.
    effect(() => {
      if (this.outbox.settled() > 0) untracked(() => this.answer.reload());
    });
    effect(() => {
      const balance = this.shown()?.balance;
      const settled = this.outbox.settled();
      if (balance !== undefined) untracked(() => this.events.look(balance, settled));
    });
  }

  protected choose(event: Event): void {
    const date = (event.target as HTMLInputElement).value;
    if (date !== '') void this.#router.navigate(['/m', this.merchantId(), 'day', date]);
  }
}
