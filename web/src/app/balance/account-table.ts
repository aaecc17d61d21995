/** The same figures account by account: where the money is. On a phone it keeps what matters most: the name and what is there. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { AccountBalanceBody, MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Icon, type IconName } from '../look/icon.ts';
import { Money } from '../money/money.ts';

export const accountIcons: Readonly<Record<string, IconName>> = {
  DRAWER: 'drawer',
  SAFE: 'safe',
  BANK: 'bank',
  ACQUIRER: 'card',
  OTHER: 'merchant',
};

@Component({
  selector: 'fx-account-table',
  imports: [Icon, Money, TranslocoDirective],
  template: `
    <section class="card" *transloco="let t">
      <h2>{{ t('balance.accounts') }}</h2>
      <div class="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">{{ t('balance.account') }}</th>
              <th scope="col" class="number wide">{{ t('balance.opening') }}</th>
              <th scope="col" class="number wide">{{ t('balance.credits') }}</th>
              <th scope="col" class="number wide">{{ t('balance.debits') }}</th>
              <th scope="col" class="number">{{ t('balance.closing') }}</th>
            </tr>
          </thead>
          <tbody>
            @for (row of rows(); track row.accountId) {
              <tr [attr.data-account]="row.accountId">
                <th scope="row"><span class="name"><span class="sign"><fx-icon [name]="row.icon" /></span><span class="written">{{ row.name }}<span class="type">{{ t('accountType.' + row.type) }}</span></span></span></th>
                @if (row.figures; as figures) {
                  <td class="number wide"><fx-money [minor]="figures.openingMinor" [currency]="row.currency" [isPlain]="!isMixed()" /></td>
                  <td class="number wide"><fx-money [minor]="figures.creditsMinor" [currency]="row.currency" [isPlain]="!isMixed()" direction="CREDIT" /></td>
                  <td class="number wide"><fx-money [minor]="figures.debitsMinor" [currency]="row.currency" [isPlain]="!isMixed()" direction="DEBIT" /></td>
                  <td class="number closing"><fx-money data-testid="account-closing" [attr.data-minor]="figures.closingMinor" [minor]="figures.closingMinor" [currency]="row.currency" [isPlain]="!isMixed()" /></td>
                } @else {
                  <td class="number soft small" colspan="4">{{ t('balance.untouched') }}</td>
                }
              </tr>
            }
          </tbody>
        </table>
      </div>
    </section>
  `,
  styles: `
    .name { display: flex; align-items: center; gap: 0.75rem; color: var(--ink); font-size: 0.9375rem; font-weight: 540; }
    .sign { display: grid; place-items: center; flex: none; width: 2.125rem; height: 2.125rem; border-radius: var(--radius-small); background: var(--well); color: var(--ink-soft); }
    .sign fx-icon { width: 1.125rem; height: 1.125rem; }
    .type { display: block; color: var(--ink-faint); font-size: 0.75rem; font-weight: 400; line-height: 1.2; }
    .closing { font-weight: 620; }
    @media (width < 46rem) { .wide { display: none; } }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class AccountTable {
  readonly merchant = input.required<MerchantBody>();
  readonly accounts = input.required<readonly AccountBalanceBody[]>();
  protected readonly isMixed = computed(
    () => new Set(this.merchant().accounts.map(({ currency }) => currency)).size > 1,
  );
  /** Every account of the merchant; one that was never touched has no figures, which is not zero. */
  protected readonly rows = computed(() =>
    this.merchant().accounts.map(({ accountId, name, type, currency }) => ({
      accountId,
      name,
      type,
      currency,
      icon: accountIcons[type] ?? 'merchant',
      figures: this.accounts().find((each) => each.accountId === accountId) ?? null,
    })),
  );
}
