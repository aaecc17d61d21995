/** Movements as a quiet list, newest first: when, what, where, how much. What is new since the last time is marked for a moment. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import type { EntryBody, MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Icon, type IconName } from '../look/icon.ts';
import { accountName } from '../merchant/account-name.ts';
import { WallTime } from '../merchant/wall-time.ts';
import { Money } from '../money/money.ts';
import { wordOf } from './choices.ts';

const icons: Readonly<Record<string, IconName>> = { TRANSFER: 'swap', REVERSAL: 'undo' };

@Component({
  selector: 'fx-entry-list',
  imports: [Icon, Money, TranslocoDirective, WallTime],
  template: `
    <ol *transloco="let t">
      @for (entry of entries(); track entry.ledgerSeq) {
        <li [attr.data-entry]="entry.entryId">
          <span class="sign" [class.in]="entry.direction === 'CREDIT'"><fx-icon [name]="iconOf(entry)" /></span>
          <span class="what"><span class="kind">{{ t(wordOf(entry)) }}</span><span class="soft small written">{{ t('method.' + entry.paymentMethod) }} · {{ accountName(merchant(), entry.accountId) }}</span></span>
          <span class="much"><fx-money [minor]="entry.amountMinor" [currency]="entry.currency" [direction]="entry.direction" /><time class="soft small" [fxAt]="entry.occurredAt" [merchant]="merchant()"></time></span>
        </li>
      }
    </ol>
  `,
  styles: `
    li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0.75rem; align-items: center; padding-block: 0.5rem; border-bottom: 1px solid var(--line); animation: arrive 1.6s ease-out; }
    li:last-child { border-bottom: 0; padding-bottom: 0; }
    .sign { display: grid; place-items: center; width: 1.875rem; height: 1.875rem; border-radius: 999px; background: var(--negative-soft); color: var(--negative); }
    .sign.in { background: var(--positive-soft); color: var(--positive); }
    .sign fx-icon { width: 1rem; height: 1rem; }
    .what, .much { display: grid; line-height: 1.35; min-width: 0; }
    .kind { font-weight: 520; }
    .much { justify-items: end; font-weight: 560; }
    .much time { font-weight: 400; }
    @keyframes arrive { from { background: var(--accent-soft); } }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class EntryList {
  protected readonly wordOf = wordOf;
  protected readonly accountName = accountName;
  readonly entries = input.required<readonly EntryBody[]>();
  readonly merchant = input.required<MerchantBody>();

  protected iconOf({ kind, direction }: EntryBody): IconName {
    return icons[kind] ?? (direction === 'CREDIT' ? 'in' : 'out');
  }
}
