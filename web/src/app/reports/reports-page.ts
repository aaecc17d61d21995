/** Any range, grouped as the question needs it: a chart, the same as a table, and a file for a spreadsheet. The sums are the query API's. */
import { httpResource } from '@angular/common/http';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  signal,
} from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { parseDate } from '@fluxo/domain';
import type { DayPageBody, SummaryBody, SummaryGroup, SummaryRowBody } from '@fluxo/schemas';
import { TranslocoDirective, TranslocoService } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { shownCurrency } from '../balance/shown-currency.ts';
import { dateAfter } from '../day/dates.ts';
import { Language } from '../i18n/language.ts';
import { Chart } from '../look/chart.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { accountName } from '../merchant/account-name.ts';
import { Money } from '../money/money.ts';
import { CurrentMerchant } from '../shell/current-merchant.ts';
import { csvOf } from './csv.ts';
import { flowsDrawing } from './flows-drawing.ts';
import { reportTable } from './report-table.ts';
import { StatementDownload } from './statement-download.ts';

export const groups = [
  'day',
  'week',
  'month',
  'account',
  'kind',
  'paymentMethod',
] as const satisfies readonly SummaryGroup[];

const RANGE_DAYS_MAX = 400;
const todayInUtc = (): string => new Date().toISOString().slice(0, 10);

@Component({
  selector: 'fx-reports-page',
  imports: [
    Chart,
    Failure,
    Icon,
    MatButtonModule,
    Money,
    Notice,
    Skeleton,
    StatementDownload,
    TranslocoDirective,
  ],
  templateUrl: './reports-page.html',
  styleUrl: './reports-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ReportsPage {
  protected readonly language = inject(Language);
  readonly #transloco = inject(TranslocoService);
  readonly #current = inject(CurrentMerchant);
  readonly merchantId = input.required<string>();
  protected readonly groups = groups;
  readonly #merchant = httpResource<DayPageBody>(() => addresses.day(this.merchantId(), 'today'));
  protected readonly merchant = computed(() =>
    this.#merchant.hasValue() ? this.#merchant.value().merchant : null,
  );
  /** The merchant's own business day once it is known, the browser's until then. */
  readonly #today = computed(() => (this.#merchant.hasValue() ? this.#merchant.value().today : todayInUtc()));
  protected readonly from = linkedSignal(() => dateAfter(this.#today(), -29));
  protected readonly to = linkedSignal(() => this.#today());
  protected readonly groupBy = signal<SummaryGroup>('day');
  protected readonly isRangeWrong = computed(() => {
    const [from, to] = [parseDate(this.from()), parseDate(this.to())];
    return from === undefined || to === undefined || from > to || to - from >= RANGE_DAYS_MAX;
  });
  protected readonly answer = httpResource<SummaryBody>(() =>
    this.isRangeWrong()
      ? undefined
      : addresses.summary(this.merchantId(), this.from(), this.to(), this.groupBy()),
  );
  protected readonly rows = computed(() => (this.answer.hasValue() ? this.answer.value().rows : null));
  protected readonly hasBalances = computed(
    () => this.rows()?.some(({ closingMinor }) => closingMinor !== null) ?? false,
  );
  protected readonly currencies = computed(() => [
    ...new Set(this.rows()?.map(({ currency }) => currency) ?? []),
  ]);
  readonly #chosen = signal<string | null>(null);
  protected readonly currency = computed(() => shownCurrency(this.#chosen(), this.currencies()));
  protected readonly drawing = computed(() => {
    const currency = this.currency() ?? '';
    const rows = (this.rows() ?? []).filter((row) => row.currency === currency);
    return flowsDrawing(
      rows.map((row) => ({ ...row, label: this.labelOf(row) })),
      {
        currency,
        language: this.language,
        words: [this.#word('balance.credits'), this.#word('balance.debits')],
      },
    );
  });

  constructor() {
    effect(() => {
      if (this.#merchant.hasValue()) this.#current.merchant.set(this.#merchant.value().merchant);
    });
  }

  protected choose(name: 'from' | 'to', event: Event): void {
    this[name].set((event.target as HTMLInputElement).value);
  }

  protected chooseGroup(event: Event): void {
    this.groupBy.set((event.target as HTMLSelectElement).value as SummaryGroup);
  }

  protected chooseCurrency(currency: string): void {
    this.#chosen.set(currency);
  }

  protected labelOf({ key }: SummaryRowBody): string {
    this.language.name();
    switch (this.groupBy()) {
      case 'day':
        return this.language.date(key, { day: '2-digit', month: '2-digit', year: '2-digit' });
      case 'week':
        return this.#word('reports.weekOf', {
          date: this.language.date(key, { day: 'numeric', month: 'short' }),
        });
      case 'month':
        return this.language.date(`${key}-01`, { month: 'long', year: 'numeric' });
      case 'account':
        return accountName(this.merchant() ?? { accounts: [] }, key);
      case 'kind':
        return this.#word(`kind.${key}`);
      case 'paymentMethod':
        return this.#word(`method.${key}`);
    }
  }

  protected download(): void {
    const table = reportTable(this.rows() ?? [], {
      groupBy: this.groupBy(),
      labelOf: (row) => this.labelOf(row),
      word: (key) => this.#word(key),
    });
    const url = URL.createObjectURL(new Blob([csvOf(table)], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${this.merchantId()}-${this.from()}-${this.to()}-${this.groupBy()}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  }

  #word(key: string, values: Record<string, string> = {}): string {
    return this.#transloco.translate(key, values);
  }
}
