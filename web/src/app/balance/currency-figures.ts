/** One currency of a balance: what the day closes at, and how it came to that. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { AmountsBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Language } from '../i18n/language.ts';
import { Icon } from '../look/icon.ts';
import { Money } from '../money/money.ts';

@Component({
  selector: 'fx-currency-figures',
  imports: [Icon, Money, TranslocoDirective],
  template: `
    <section class="card" [attr.aria-label]="t('balance.of', { currency: totals().currency })" *transloco="let t">
      <div class="closing">
        <h2>{{ t(isClosed() ? 'balance.closing' : 'balance.now') }}<span class="code">{{ totals().currency }}</span></h2>
        <fx-money class="display" data-testid="closing" [attr.data-minor]="totals().closingMinor" [minor]="totals().closingMinor" [currency]="totals().currency" />
      </div>
      <dl>
        <div><dt>{{ t('balance.opening') }}</dt><dd><fx-money class="figure" data-testid="opening" [attr.data-minor]="totals().openingMinor" [minor]="totals().openingMinor" [currency]="totals().currency" /></dd></div>
        <div>
          <dt><span class="in"><fx-icon name="in" /></span>{{ t('balance.credits') }}</dt>
          <dd><fx-money class="figure" data-testid="credits" [attr.data-minor]="totals().creditsMinor" [minor]="totals().creditsMinor" [currency]="totals().currency" direction="CREDIT" /><span class="count">{{ t(totals().creditCount === 1 ? 'balance.oneEntry' : 'balance.entries', { count: language.count(totals().creditCount) }) }}</span></dd>
        </div>
        <div>
          <dt><span class="out"><fx-icon name="out" /></span>{{ t('balance.debits') }}</dt>
          <dd><fx-money class="figure" data-testid="debits" [attr.data-minor]="totals().debitsMinor" [minor]="totals().debitsMinor" [currency]="totals().currency" direction="DEBIT" /><span class="count">{{ t(totals().debitCount === 1 ? 'balance.oneEntry' : 'balance.entries', { count: language.count(totals().debitCount) }) }}</span></dd>
        </div>
      </dl>
      <div class="flow" aria-hidden="true">
        <span class="part opening" [hidden]="shares().opening === 0" [style.flex-grow]="shares().opening"></span><span class="part credits" [hidden]="shares().credits === 0" [style.flex-grow]="shares().credits"></span><span class="gap"></span><span class="part debits" [hidden]="shares().debits === 0" [style.flex-grow]="shares().debits"></span>
      </div>
    </section>
  `,
  styles: `
    .card { display: flex; flex-wrap: wrap; gap: 1.25rem 2rem; align-items: end; }
    .closing { display: grid; flex: 1 1 15rem; gap: 0.5rem; }
    h2 { display: flex; align-items: center; gap: 0.5rem; margin: 0; color: var(--ink-soft); font-weight: 540; }
    .code { padding: 0 0.4375rem; border-radius: 5px; background: var(--well); color: var(--ink-soft); font-size: 0.6875rem; font-weight: 600; letter-spacing: 0.04em; line-height: 1.25rem; }
    dl { display: flex; flex: 2 1 auto; flex-wrap: wrap; gap: 1rem; }
    dl > div { flex: 1 0 8rem; padding-inline-start: 1.125rem; border-inline-start: 1px solid var(--line); }
    dt { display: flex; align-items: center; gap: 0.375rem; color: var(--ink-soft); font-size: 0.8125rem; }
    dt fx-icon { width: 0.875rem; height: 0.875rem; }
    .in, .out { display: inline-flex; }
    .in { color: var(--positive); } .out { color: var(--negative); }
    dd { display: grid; min-height: 3.125rem; align-content: start; }
    .count { color: var(--ink-faint); font-size: 0.75rem; }
    .flow { display: flex; flex: 1 0 100%; gap: 2px; height: 6px; }
    .part { min-width: 2px; border-radius: 3px; transition: flex-grow 0.3s; }
    .opening { background: var(--line-strong); } .credits { background: var(--positive); } .debits { background: var(--negative); }
    .gap { width: 6px; }
    @media (width < 46rem) {
      dl { flex-basis: 100%; gap: 0.75rem; }
      dl > div:first-child { flex-basis: 100%; }
      dd .figure { font-size: 1.125rem; }
      dl > div:first-child dd { min-height: 0; }
      dl > div { padding-inline-start: 0.625rem; }
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class CurrencyFigures {
  protected readonly language = inject(Language);
  readonly totals = input.required<AmountsBody>();
  readonly isClosed = input(false);
  /** For the drawing only: how wide each part of the bar is. */
  protected readonly shares = computed(() => {
    const { openingMinor, creditsMinor, debitsMinor } = this.totals();
    const largest = Math.max(Math.abs(openingMinor), creditsMinor, debitsMinor, 1);
    return {
      opening: Math.abs(openingMinor) / largest,
      credits: creditsMinor / largest,
      debits: debitsMinor / largest,
    };
  });
}
