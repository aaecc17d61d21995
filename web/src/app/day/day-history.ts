/** How often a day was closed and reopened, by whom, and what the counts found: sobra or falta, in words. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import type { DayEventBody, MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Icon } from '../look/icon.ts';
import { accountName } from '../merchant/account-name.ts';
import { WallTime } from '../merchant/wall-time.ts';
import { Money } from '../money/money.ts';

@Component({
  selector: 'fx-day-history',
  imports: [Icon, Money, TranslocoDirective, WallTime],
  template: `
    <section class="card" *transloco="let t">
      <h2>{{ t('day.history') }}</h2>
      <ol>
        @for (event of events(); track event.ledgerSeq) {
          <li>
            <fx-icon [name]="event.type === 'DayClosed' ? 'close' : 'open'" />
            <div>
              <p>{{ t('day.' + event.type, { who: event.requestedBy }) }} <time class="soft small" [fxAt]="event.recordedAt" [merchant]="merchant()" [form]="{ dateStyle: 'short', timeStyle: 'short' }"></time></p>
              @if (event.reason) {<p class="soft small written">{{ event.reason }}</p>}
              @for (account of event.accounts; track account.accountId) {
                @if (account.varianceMinor !== null) {
                  <p class="small variance"><span class="written">{{ accountName(merchant(), account.accountId) }}</span><span>{{ t(account.varianceMinor === 0 ? 'close.exact' : account.varianceMinor > 0 ? 'close.over' : 'close.short') }} @if (account.varianceMinor !== 0) {<fx-money [minor]="account.varianceMinor" [currency]="account.currency" [isSigned]="true" />}</span></p>
                }
              }
            </div>
          </li>
        }
      </ol>
    </section>
  `,
  styles: `
    li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.75rem; padding-block: 0.5rem; border-bottom: 1px solid var(--line); }
    li:last-child { border-bottom: 0; }
    fx-icon { color: var(--ink-faint); }
    .variance { display: flex; justify-content: space-between; gap: 1rem; }
    .variance :last-child { white-space: nowrap; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class DayHistory {
  protected readonly accountName = accountName;
  readonly events = input.required<readonly DayEventBody[]>();
  readonly merchant = input.required<MerchantBody>();
}
