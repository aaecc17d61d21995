/** A month: every day as a field that says what it added or took, and a line of what each day closed at. A day leads to its movements. */
import { httpResource } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import type { MonthPageBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { shownCurrency } from '../balance/shown-currency.ts';
import { Language } from '../i18n/language.ts';
import { Chart } from '../look/chart.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { namedWallTime } from '../merchant/wall-time.ts';
import { compactText, moneyText } from '../money/minor-units.ts';
import { Money } from '../money/money.ts';
import { CurrentMerchant } from '../shell/current-merchant.ts';
import { closingsDrawing } from './closings-drawing.ts';
import { fieldsOf, monthAfter, weekdayOf } from './month-fields.ts';

@Component({
  selector: 'fx-month-page',
  imports: [Chart, Failure, Icon, MatButtonModule, Money, Notice, RouterLink, Skeleton, TranslocoDirective],
  templateUrl: './month-page.html',
  styleUrl: './month-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MonthPage {
  protected readonly language = inject(Language);
  readonly #router = inject(Router);
  readonly #current = inject(CurrentMerchant);
  readonly merchantId = input.required<string>();
  /** YYYY-MM; without one the page shows the month of the merchant's today. */
  readonly month = input<string>();

  protected readonly monthAfter = monthAfter;
  protected readonly answer = httpResource<MonthPageBody>(() =>
    addresses.month(this.merchantId(), this.month() ?? 'current'),
  );
  protected readonly page = computed(() => (this.answer.hasValue() ? this.answer.value() : null));
  /** The one that is shown; null: the answer will say. */
  protected readonly shown = computed(() => this.month() ?? this.page()?.month ?? null);

  protected readonly currencies = computed(() => [
    ...new Set(this.page()?.days.flatMap(({ totals }) => totals.map(({ currency }) => currency)) ?? []),
  ]);
  protected readonly chosen = signal<string | null>(null);
  protected readonly currency = computed(() => shownCurrency(this.chosen(), this.currencies()));
  protected readonly fields = computed(() => {
    const currency = this.currency();
    return currency === null ? [] : fieldsOf(this.page()?.days ?? [], currency);
  });
  protected readonly known = computed(() => this.fields().filter((field) => field.closingMinor !== null));
  /** Weeks begin on Monday, as in the reports. */
  protected readonly offset = computed(() => weekdayOf(`${this.shown()}-01`));
  protected readonly weekdays = computed(() =>
    // Short is a whole word in Portugal.
    [5, 6, 7, 8, 9, 10, 11].map((day) =>
      this.language.date(`2026-01-${String(day).padStart(2, '0')}`, { weekday: 'short' }).slice(0, 3),
    ),
  );
  protected readonly drawing = computed(() =>
    closingsDrawing(this.known(), this.currency() ?? '', this.language),
  );

  constructor() {
    effect(() => {
      const page = this.page();
      if (page !== null) this.#current.merchant.set(page.merchant);
    });
  }

  protected asOf({ freshness, merchant }: MonthPageBody): string {
    return namedWallTime(freshness.shownAt, merchant, this.language);
  }

  protected compact(minor: number): string {
    const text = compactText(minor, this.currency() ?? '', this.language.locale());
    return minor > 0 ? `+${text}` : text;
  }

  /** Where there is no room for more: colour says nothing alone. */
  protected signOf(minor: number): string {
    return minor > 0 ? '+' : minor < 0 ? '−' : '';
  }

  protected exact(minor: number): string {
    return moneyText(minor, this.currency() ?? '', { locale: this.language.locale() });
  }

  protected show(date: string): void {
    void this.#router.navigate(['/m', this.merchantId(), 'day', date]);
  }
}
