/** How current what is shown is: live, on its way, or of an earlier time; always with that time, by the merchant's clock. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { Freshness, MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Language } from '../i18n/language.ts';
import { namedWallTime } from '../merchant/wall-time.ts';
import type { LineState } from './live-day.ts';

@Component({
  selector: 'fx-line-status',
  imports: [TranslocoDirective],
  template: `
    <p [class]="'line ' + line().name" role="status" data-testid="line" *transloco="let t">
      <span class="dot" aria-hidden="true"></span>
      <span>{{ t('line.' + line().name) }}</span>
      @if (time(); as at) {<time [attr.datetime]="at.iso" [attr.title]="t('line.revision', { revision: freshness()?.revision })">{{ at.text }}</time>}
    </p>
  `,
  styles: `
    .line { display: inline-flex; align-items: center; gap: 0.5rem; padding: 0.25rem 0.75rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card); color: var(--ink-soft); font-size: 0.8125rem; }
    .dot { width: 0.5rem; height: 0.5rem; border-radius: 999px; background: var(--line-strong); }
    .live .dot { background: var(--positive); box-shadow: 0 0 0 3px var(--positive-soft); }
    .stale, .broken { border-color: transparent; background: var(--caution-soft); color: var(--caution); }
    .stale .dot, .broken .dot { background: currentColor; }
    time { color: var(--ink-faint); }
    .stale time, .broken time { color: inherit; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class LineStatus {
  readonly #language = inject(Language);
  readonly line = input.required<LineState>();
  readonly merchant = input.required<MerchantBody>();
  readonly freshness = input<Freshness | null>(null);
  protected readonly time = computed(() => {
    const line = this.line();
    const iso = 'since' in line ? line.since : this.freshness()?.shownAt;
    return iso === undefined ? null : { iso, text: namedWallTime(iso, this.merchant(), this.#language) };
  });
}
