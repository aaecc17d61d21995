/**
 * Something the page has to say in the place of figures, or above them: that there is nothing, that it cannot know, that what is shown may be old. What
 * is inside is what can be done about it.
 */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { Icon, type IconName } from './icon.ts';

@Component({
  selector: 'fx-notice',
  imports: [Icon],
  template: `
    <fx-icon [name]="icon()" />
    <div class="text">
      @if (heading(); as text) {<p class="heading">{{ text }}</p>}
      <ng-content />
    </div>
  `,
  styles: `
    :host { display: flex; gap: 0.75rem; padding: 0.875rem 1rem; border-radius: var(--radius-small); background: var(--well); color: var(--ink-soft); font-size: 0.875rem; }
    :host(.caution) { background: var(--caution-soft); color: var(--caution); }
    :host(.bad) { background: var(--negative-soft); color: var(--negative); }
    :host(.good) { background: var(--positive-soft); color: var(--positive); }
    :host(.quiet) { flex-direction: column; align-items: center; padding: 2.25rem 1rem; background: none; text-align: center; }
    .text { display: grid; gap: 0.375rem; min-width: 0; justify-items: start; }
    :host(.quiet) .text { justify-items: center; }
    .heading { color: var(--ink); font-weight: 600; }
    :host(.caution) .heading, :host(.bad) .heading, :host(.good) .heading { color: inherit; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Notice {
  readonly heading = input<string>();
  readonly icon = input<IconName>('warning');
}
