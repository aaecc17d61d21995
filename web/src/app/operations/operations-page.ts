/** The operator's part of the page: its frame, and the ways between what is in it. About every merchant, so none stands in its address. */
import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { TranslocoDirective } from '@jsverse/transloco';
import { Icon, type IconName } from '../look/icon.ts';

const parts: readonly { readonly path: string; readonly icon: IconName }[] = [
  { path: 'pipeline', icon: 'reports' },
  { path: 'rejections', icon: 'warning' },
  { path: 'trail', icon: 'chain' },
  { path: 'audit', icon: 'check' },
];

@Component({
  selector: 'fx-operations-page',
  imports: [Icon, RouterLink, RouterLinkActive, RouterOutlet, TranslocoDirective],
  template: `
    <div class="page" *transloco="let t">
      <div class="head">
        <h1>{{ t('operations.title') }}</h1>
        <nav [attr.aria-label]="t('operations.parts')">
          @for (part of parts; track part.path) {
            <a [routerLink]="part.path" routerLinkActive="here" ariaCurrentWhenActive="page"><fx-icon [name]="part.icon" /> {{ t('operations.part.' + part.path) }}</a>
          }
        </nav>
      </div>
      <div><router-outlet /></div>
    </div>
  `,
  styles: `
    nav { display: flex; flex-wrap: wrap; gap: 0.25rem; padding: 3px; border-radius: 999px; background: var(--well); }
    a { display: inline-flex; align-items: center; gap: 0.375rem; min-height: 2.25rem; padding: 0 0.9375rem; border-radius: 999px; color: var(--ink-soft); font-size: 0.875rem; font-weight: 520; text-decoration: none; }
    a.here { background: var(--card-raised); color: var(--ink); box-shadow: 0 1px 3px rgb(0 0 0 / 14%); }
    fx-icon { width: 1rem; height: 1rem; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class OperationsPage {
  protected readonly parts = parts;
}
