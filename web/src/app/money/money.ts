/**
 * A figure on the page. An unknown one is a dash, never zero. With a direction it carries its sign as well as its colour, so that
 * nobody needs to see colours to read it.
 */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { Language } from '../i18n/language.ts';
import { moneyParts } from './minor-units.ts';

@Component({
  selector: 'fx-money',
  template: `@if (parts(); as found) {<span [class]="tone()"
    >@for (part of found; track $index) {<span [class]="part.type">{{ part.value }}</span
    >}</span>} @else {<span class="unknown" aria-hidden="true">—</span>}`,
  styles: `
    :host { white-space: nowrap; }
    .in { color: var(--positive); }
    .out { color: var(--negative); }
    .unknown { color: var(--ink-faint); }
    :host(.display) { font-size: clamp(2.125rem, 1.4rem + 2.6vw, 3.25rem); font-weight: 640; line-height: 1.05; letter-spacing: -0.035em; }
    :host(.display) .currency { margin-inline-end: 0.1em; color: var(--ink-soft); font-size: 0.5em; font-weight: 560; vertical-align: 0.62em; letter-spacing: -0.01em; }
    :host(.display) .literal { font-size: 0.28em; }
    :host(.display) .decimal, :host(.display) .fraction { font-size: 0.58em; font-weight: 560; letter-spacing: -0.02em; color: var(--ink-soft); }
    :host(.figure) { font-size: 1.25rem; font-weight: 600; letter-spacing: -0.02em; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Money {
  readonly #language = inject(Language);
  readonly minor = input.required<number | null | undefined>();
  readonly currency = input.required<string>();
  /** What it does to the balance: green with a plus, or red with a minus. The amount itself is then above zero. */
  readonly direction = input<'CREDIT' | 'DEBIT' | null>(null);
  /** A sign also before what is above zero, and colour by it. */
  readonly isSigned = input(false);
  readonly isPlain = input(false);

  readonly #value = computed(() => {
    const minor = this.minor();
    if (minor === null || minor === undefined) return null;
    return this.direction() === 'DEBIT' ? -minor : minor;
  });
  protected readonly tone = computed(() => {
    const value = this.#value() ?? 0;
    if (value === 0 || (this.direction() === null && !this.isSigned())) return '';
    return value > 0 ? 'in' : 'out';
  });
  protected readonly parts = computed(() => {
    const value = this.#value();
    if (value === null) return null;
    const isSigned = this.isSigned() || this.direction() !== null;
    return moneyParts(value, this.currency(), {
      locale: this.#language.locale(),
      isSigned,
      isPlain: this.isPlain(),
    });
  });
}
