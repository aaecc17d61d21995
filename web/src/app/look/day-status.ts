/** Whether a day is open or closed: a word and a lock, not a colour alone. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import type { DayStatus as Status } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Icon } from './icon.ts';

@Component({
  selector: 'fx-day-status',
  imports: [Icon, TranslocoDirective],
  template: `
    <span class="chip" [class.closed]="status() === 'CLOSED'" *transloco="let t">
      <fx-icon [name]="status() === 'CLOSED' ? 'close' : 'open'" />{{ t('status.' + status()) }}
    </span>
  `,
  styles: `
    .chip { display: inline-flex; align-items: center; gap: 0.375rem; padding: 0.1875rem 0.625rem 0.1875rem 0.5rem; border-radius: 999px; background: var(--accent-soft); color: var(--accent); font-size: 0.8125rem; font-weight: 560; white-space: nowrap; }
    .closed { background: var(--well); color: var(--ink-soft); }
    fx-icon { width: 0.875rem; height: 0.875rem; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class DayStatus {
  readonly status = input.required<Status>();
}
