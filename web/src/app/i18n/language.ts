/**
 * Which language the page speaks, and how figures and dates are written in it. Chosen by the person, else the browser's; kept on this
 * device. Everything reads signals, so that a switch redraws what is on the screen.
 */
import { computed, inject, Service, signal } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { firstValueFrom } from 'rxjs';

export const languages = ['pt-BR', 'pt-PT', 'en'] as const;
export type LanguageName = (typeof languages)[number];

const KEPT = 'fluxo.language';
export const TIME_OF_DAY = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;

/** The browser's own, if it is one of ours. Portuguese of elsewhere, as in Angola, is nearer to Portugal's. */
function firstChoice(): LanguageName {
  const kept = languages.find((name) => name === localStorage.getItem(KEPT));
  if (kept !== undefined) return kept;
  const [language, country = 'br'] = navigator.language.toLowerCase().split('-');
  if (language !== 'pt') return 'en';
  return country === 'br' ? 'pt-BR' : 'pt-PT';
}

@Service()
export class Language {
  readonly #transloco = inject(TranslocoService);
  readonly #name = signal<LanguageName>(firstChoice());

  readonly name = this.#name.asReadonly();
  /** The locale for Intl. English here is that of a country where days come before months, as the merchants' do. */
  readonly locale = computed(() => (this.#name() === 'en' ? 'en-GB' : this.#name()));

  /** Resolves when the words are there. */
  async load(): Promise<void> {
    await this.#speak(this.#name());
  }

  async choose(name: LanguageName): Promise<void> {
    localStorage.setItem(KEPT, name);
    await this.#speak(name);
  }

  async #speak(name: LanguageName): Promise<void> {
    await firstValueFrom(this.#transloco.load(name));
    this.#transloco.setActiveLang(name);
    this.#name.set(name);
    document.documentElement.lang = name;
  }

  /** A business date (YYYY-MM-DD) in words. It has no zone: it is read and written as UTC. */
  date(iso: string, options: Intl.DateTimeFormatOptions = { dateStyle: 'long' }): string {
    return new Intl.DateTimeFormat(this.locale(), { ...options, timeZone: 'UTC' }).format(
      new Date(`${iso}T00:00:00Z`),
    );
  }

  /** An instant as the clocks of a zone show it, by default those of this device: what is of a merchant is shown in the merchant's. */
  time(instant: string | Date, zone?: string, options?: Intl.DateTimeFormatOptions): string {
    const zoned = zone === undefined ? {} : { timeZone: zone };
    return new Intl.DateTimeFormat(this.locale(), {
      ...(options ?? TIME_OF_DAY),
      ...zoned,
    }).format(new Date(instant));
  }

  count(value: number): string {
    return new Intl.NumberFormat(this.locale()).format(value);
  }
}
