/** The shape of what is being fetched. It says "loading" to who listens; it never looks like a figure. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { TranslocoDirective } from '@jsverse/transloco';

@Component({
  selector: 'fx-skeleton',
  imports: [TranslocoDirective],
  template: `
    <div role="status" *transloco="let t">
      <span class="visually-hidden">{{ t('loading') }}</span>
      @for (line of lines(); track line) {<div class="line" [class.big]="line === 0 && isBig()"></div>}
    </div>
  `,
  styles: `
    .line { height: 0.875rem; margin-block: 0.75rem; border-radius: 6px; background: var(--well); animation: breathe 1.4s ease-in-out infinite alternate; }
    .line:nth-child(3n) { width: 82%; }
    .line:nth-child(3n + 1) { width: 64%; }
    .line.big { width: min(19rem, 80%); height: 2.75rem; }
    @keyframes breathe { to { opacity: 0.45; } }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Skeleton {
  readonly count = input(4);
  readonly isBig = input(false);
  protected readonly lines = computed(() => Array.from({ length: this.count() }, (_, index) => index));
}
