/** Counted beside the balance, account by account: sobra (over) or falta (short) in a word, a sign and a colour. A phone has no room for what was just counted. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { TranslocoDirective } from '@jsverse/transloco';
import { Money } from '../money/money.ts';

export type Variance = {
  readonly accountId: string;
  readonly name: string;
  readonly currency: string;
  readonly countedMinor: number | null;
  readonly closingMinor: number;
  /** Null: nobody has counted. */
  readonly varianceMinor: number | null;
};

@Component({
  selector: 'fx-variance-table',
  imports: [Money, TranslocoDirective],
  template: `
    <div class="scroll-x" *transloco="let t">
      <table>
        <thead>
          <tr>
            <th scope="col">{{ t('balance.account') }}</th>
            <th scope="col" class="number wide">{{ t('close.counted') }}</th>
            <th scope="col" class="number">{{ t('close.expected') }}</th>
            <th scope="col" class="number">{{ t('close.variance') }}</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.accountId) {
            <tr [attr.data-variance]="row.accountId">
              <th scope="row" class="written">{{ row.name }}</th>
              <td class="number wide"><fx-money [minor]="row.countedMinor" [currency]="row.currency" /></td>
              <td class="number"><fx-money [minor]="row.closingMinor" [currency]="row.currency" /></td>
              <td class="number">
                @if (row.varianceMinor === null) {<span class="soft">{{ t('close.skip') }}</span>}
                @else {
                  <span class="word" [class.over]="row.varianceMinor > 0" [class.short]="row.varianceMinor < 0">{{ t(row.varianceMinor === 0 ? 'close.exact' : row.varianceMinor > 0 ? 'close.over' : 'close.short') }}</span>
                  @if (row.varianceMinor !== 0) {<fx-money data-testid="variance" [attr.data-minor]="row.varianceMinor" [minor]="row.varianceMinor" [currency]="row.currency" [isSigned]="true" />}
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    tbody th { color: var(--ink); font-size: 0.9375rem; }
    .word { margin-inline-end: 0.5rem; padding: 0.0625rem 0.5rem; border-radius: 999px; background: var(--well); color: var(--ink-soft); font-size: 0.75rem; }
    .over { background: var(--positive-soft); color: var(--positive); }
    .short { background: var(--negative-soft); color: var(--negative); }
    @media (width < 40rem) {
      .wide { display: none; }
      .word { display: table; margin: 0 0 0.125rem auto; }
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class VarianceTable {
  readonly rows = input.required<readonly Variance[]>();
}
