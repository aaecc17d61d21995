/** The name of the window, which is what a screen reader says of a page that was come to, and what tells windows side by side apart. A route's title is the key of its words. */
import { effect, inject, Service, signal } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { type RouterStateSnapshot, TitleStrategy } from '@angular/router';
import { TranslocoService } from '@jsverse/transloco';
import { Language } from '../i18n/language.ts';

@Service()
export class PageTitle extends TitleStrategy {
  readonly #key = signal<string | undefined>(undefined);

  constructor() {
    super();
    const [title, language, transloco] = [inject(Title), inject(Language), inject(TranslocoService)];
    effect(() => {
      const key = this.#key();
      language.name();
      title.setTitle(key === undefined ? 'Fluxo' : `${transloco.translate(key)} · Fluxo`);
    });
  }

  override updateTitle(snapshot: RouterStateSnapshot): void {
    this.#key.set(this.buildTitle(snapshot));
  }
}
