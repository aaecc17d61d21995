/** Light, dark, or as the device says. The choice is kept on this device; the colours themselves are styles.scss's. */
import { effect, Service, signal } from '@angular/core';

export const themes = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof themes)[number];

const KEPT = 'fluxo.theme';

@Service()
export class Theme {
  readonly #system = matchMedia('(prefers-color-scheme: dark)');
  /** Grows with every change of colours, for what draws on a canvas. */
  readonly changes = signal(0);
  readonly name = signal<ThemeName>(themes.find((name) => name === localStorage.getItem(KEPT)) ?? 'system');

  constructor() {
    this.#system.addEventListener('change', () => this.changes.update((count) => count + 1));
    effect(() => {
      const name = this.name();
      if (name === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = name;
      this.changes.update((count) => count + 1);
    });
  }

  choose(name: ThemeName): void {
    localStorage.setItem(KEPT, name);
    this.name.set(name);
  }
}
