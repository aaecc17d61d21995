/**
 * What a day is made of, by payment method or by kind, as bars: what came in to the right, what went out to the left. The same as a table for who
 * does not see bars.
 */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { TranslocoDirective, TranslocoService } from '@jsverse/transloco';
import { Language } from '../i18n/language.ts';
import { Chart, type ChartDrawing } from '../look/chart.ts';
import { categoryAxis, chartBase, valueAxis } from '../look/chart-style.ts';
import { compactText, moneyText } from '../money/minor-units.ts';

export type Share = {
  readonly name: string;
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly count: number;
};

@Component({
  selector: 'fx-breakdown',
  imports: [Chart, TranslocoDirective],
  template: `
    <section class="card" *transloco="let t">
      <h2>{{ heading() }}</h2>
      <fx-chart [drawing]="drawing()" [label]="heading()" [heightRem]="height()" />
      <!-- In a block: a table is never narrower than what is in it, and would make a phone scroll. -->
      <div class="visually-hidden">
        <table>
          <caption>{{ heading() }}</caption>
          <tr><th scope="col"></th><th scope="col">{{ t('balance.credits') }}</th><th scope="col">{{ t('balance.debits') }}</th></tr>
          @for (share of named(); track share.name) {
            <tr><th scope="row">{{ share.label }}</th><td>{{ share.credits }}</td><td>{{ share.debits }}</td></tr>
          }
        </table>
      </div>
    </section>
  `,
  styles: ':host { display: block; }',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Breakdown {
  readonly #transloco = inject(TranslocoService);
  readonly #language = inject(Language);
  readonly heading = input.required<string>();
  /** Where the names' words stand: `method` or `kind`. */
  readonly words = input.required<string>();
  readonly currency = input.required<string>();
  readonly shares = input.required<readonly Share[]>();

  protected readonly height = computed(() => 3 + this.shares().length * 2);
  protected readonly named = computed(() => {
    const style = { locale: this.#language.locale() };
    this.#language.name();
    return this.shares()
      .toSorted((a, b) => b.creditsMinor + b.debitsMinor - (a.creditsMinor + a.debitsMinor))
      .map((share) => ({
        ...share,
        label: this.#transloco.translate(`${this.words()}.${share.name}`),
        credits: moneyText(share.creditsMinor, this.currency(), style),
        debits: moneyText(-share.debitsMinor, this.currency(), style),
      }));
  });

  protected readonly drawing = computed<ChartDrawing>(() => {
    const rows = this.named();
    const currency = this.currency();
    const locale = this.#language.locale();
    return (palette) => ({
      ...chartBase(palette),
      grid: {
        left: 4,
        right: 12,
        top: 4,
        bottom: 0,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      xAxis: valueAxis(palette, (value) => compactText(Math.round(value), currency, locale)),
      yAxis: {
        ...categoryAxis(
          palette,
          rows.map(({ label }) => label),
        ),
        inverse: true,
        axisLine: { show: false },
      },
      tooltip: {
        ...chartBase(palette).tooltip,
        trigger: 'axis',
        axisPointer: { type: 'none' },
        formatter: (items: unknown) => {
          const index = (items as { dataIndex: number }[])[0]?.dataIndex ?? 0;
          const row = rows[index];
          return row === undefined ? '' : `${row.label}\n+ ${row.credits}\n${row.debits}`;
        },
      },
      series: [
        {
          type: 'bar',
          stack: 'one',
          barWidth: 12,
          data: rows.map(({ creditsMinor }) => creditsMinor),
          itemStyle: { color: palette.positive, borderRadius: [0, 4, 4, 0] },
        },
        {
          type: 'bar',
          stack: 'one',
          data: rows.map(({ debitsMinor }) => -debitsMinor),
          itemStyle: { color: palette.negative, borderRadius: [4, 0, 0, 4] },
        },
      ],
    });
  });
}
