/** Where somebody begins who is not signed in. The provider asks who they are; the page only leads there and back. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { TranslocoDirective } from '@jsverse/transloco';
import { Session } from '../api/session.ts';
import { Notice } from '../look/notice.ts';
import { Preferences } from '../shell/preferences.ts';

@Component({
  selector: 'fx-sign-in-page',
  imports: [MatButtonModule, Notice, Preferences, TranslocoDirective],
  template: `
    <main *transloco="let t">
      <div class="mark" aria-hidden="true">
        <svg viewBox="0 0 32 32"><rect width="32" height="32" rx="8" /><path d="M7 20c4 0 4-8 9-8s5 8 9 8" /></svg>
      </div>
      <h1>{{ t('session.welcome') }}</h1>
      <p class="soft">{{ t('session.promise') }}</p>
      @if (away()) {<fx-notice class="caution" [heading]="t('session.away')"><p>{{ t('session.awayWhat') }}</p></fx-notice>}
      <a matButton="filled" [href]="address()">{{ t('session.signIn') }}</a>
      <fx-preferences />
    </main>
  `,
  styles: `
    :host { display: grid; min-height: 100dvh; place-items: center; padding: 1.5rem; }
    main { display: grid; gap: 1.125rem; width: min(24rem, 100%); }
    .mark svg { width: 3rem; height: 3rem; }
    rect { fill: var(--accent); }
    path { fill: none; stroke: var(--on-accent); stroke-width: 3; stroke-linecap: round; }
    h1 { font-size: 2rem; }
    a { justify-self: start; }
    fx-preferences { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class SignInPage {
  readonly #session = inject(Session);
  readonly returnTo = input<string>();
  readonly away = input<string>();
  protected readonly address = computed(() => this.#session.signInAddress(this.returnTo() ?? '/'));
}
