/** A refusal in words: what happened and what to do, for every code of spec.md 3.2 and of the APIs that the page may meet. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { TranslocoDirective, TranslocoService } from '@jsverse/transloco';

@Component({
  selector: 'fx-refusal',
  imports: [TranslocoDirective],
  template: `
    <ng-container *transloco="let t">
      <p class="what">{{ t(key() + '.what') }}</p>
      <p class="small soft">{{ t(key() + '.todo') }}</p>
      @if (key() === 'refusal.other') {<p class="small soft">{{ code() }}{{ detail() === null ? '' : ': ' + detail() }}</p>}
    </ng-container>
  `,
  styles: `
    :host { display: grid; gap: 0.125rem; }
    .what { color: var(--negative); font-size: 0.875rem; font-weight: 520; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Refusal {
  readonly #transloco = inject(TranslocoService);
  readonly code = input.required<string>();
  readonly detail = input<string | null>(null);
  protected readonly key = computed(() => {
    const own = `refusal.${this.code()}`;
    return this.#transloco.translate(`${own}.what`) === `${own}.what` ? 'refusal.other' : own;
  });
}
