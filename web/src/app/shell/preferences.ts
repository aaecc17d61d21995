/** Language and light or dark: at hand on every page, also before signing in. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { TranslocoDirective } from '@jsverse/transloco';
import { Language, type LanguageName, languages } from '../i18n/language.ts';
import { Theme, themes } from '../look/theme.ts';

@Component({
  selector: 'fx-preferences',
  imports: [TranslocoDirective],
  template: `
    <ng-container *transloco="let t">
      <select #choice [attr.aria-label]="t('preferences.language')" (change)="language.choose(languages[choice.selectedIndex] ?? language.name())">
        @for (name of languages; track name) {<option [attr.lang]="name" [selected]="language.name() === name">{{ names[name] }}</option>}
      </select>
      <div class="choice" role="group" [attr.aria-label]="t('preferences.theme')">
        @for (name of themes; track name) {
          <button type="button" [attr.aria-pressed]="theme.name() === name" (click)="theme.choose(name)">{{ t('preferences.' + name) }}</button>
        }
      </div>
    </ng-container>
  `,
  styles: `
    :host { display: flex; flex-wrap: wrap; gap: 0.5rem; }
    select { min-height: 2.25rem; padding: 0 0.75rem; border: 1px solid var(--line-strong); border-radius: 999px; background: var(--card); color: var(--ink-soft); font: inherit; font-size: 0.8125rem; }
    .choice button { min-height: 1.875rem; padding: 0 0.6875rem; font-size: 0.8125rem; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Preferences {
  protected readonly language = inject(Language);
  protected readonly theme = inject(Theme);
  protected readonly languages = languages;
  protected readonly themes = themes;
  protected readonly names: Record<LanguageName, string> = {
    'pt-BR': 'Português (Brasil)',
    'pt-PT': 'Português (Portugal)',
    en: 'English',
  };
}
