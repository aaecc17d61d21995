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
      <div class="choice" role="group" [attr.aria-label]="t('preferences.language')">
        @for (name of languages; track name) {
          <button type="button" [attr.lang]="name" [attr.aria-pressed]="language.name() === name" (click)="language.choose(name)">{{ names[name] }}</button>
        }
      </div>
      <div class="choice" role="group" [attr.aria-label]="t('preferences.theme')">
        @for (name of themes; track name) {
          <button type="button" [attr.aria-pressed]="theme.name() === name" (click)="theme.choose(name)">{{ t('preferences.' + name) }}</button>
        }
      </div>
    </ng-container>
  `,
  styles: `
    :host { display: flex; flex-wrap: wrap; gap: 0.5rem; }
    .choice button { min-height: 1.875rem; padding: 0 0.6875rem; font-size: 0.8125rem; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Preferences {
  protected readonly language = inject(Language);
  protected readonly theme = inject(Theme);
  protected readonly languages = languages;
  protected readonly themes = themes;
  protected readonly names: Record<LanguageName, string> = { 'pt-BR': 'Português', en: 'English' };
}
