/**
 * The blind count of one account: by notes and coins where the currency's are known and the account holds cash, as an amount elsewhere. The
 * balance is not shown here: who counts should not know what ought to come out. An account of no cash may be overdrawn, and is counted below zero then.
 */
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
} from '@angular/core';
import type { MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { accountIcons } from '../balance/account-table.ts';
import { Language } from '../i18n/language.ts';
import { Icon } from '../look/icon.ts';
import { moneyText, parseAmount, parseSignedAmount } from '../money/minor-units.ts';
import { Money } from '../money/money.ts';
import { denominationsOf, sumOf } from './denominations.ts';

/** Minor units; null: not counted; undefined: what was typed is no count. */
export type Counted = number | null | undefined;

@Component({
  selector: 'fx-account-count',
  imports: [Icon, Money, TranslocoDirective],
  template: `
    <fieldset class="card" *transloco="let t" [attr.data-account]="account().accountId">
      <legend class="visually-hidden">{{ t('close.countOf', { account: account().name }) }}</legend>
      <div class="title" aria-hidden="true"><fx-icon [name]="icon()" /><strong class="written">{{ account().name }}</strong><span class="soft small">{{ t('accountType.' + account().type) }}</span></div>
      @if (pieces(); as values) {
        <div class="pieces">
          @for (value of values; track value) {
            <label><span class="value">{{ text(value) }}</span><span class="times" aria-hidden="true">×</span><input inputmode="numeric" autocomplete="off" [attr.aria-label]="t('close.piece', { value: text(value) })" [value]="typed().get(value) ?? ''" (input)="type(value, $event)" /></label>
          }
        </div>
      } @else {
        <label class="amount">{{ t('close.amount', { currency: account().currency }) }}<input [attr.inputmode]="isCash() ? 'decimal' : 'text'" autocomplete="off" [value]="amount()" (input)="typeAmount($event)" /></label>
      }
      <p class="total" aria-live="polite">
        <span class="soft">{{ t('close.total') }}</span>
        @if (counted() === undefined) {<span class="wrong">{{ t(pieces() === null ? 'amount.form' : 'close.pieceWrong') }}</span>}
        @else if (counted() === null) {<span class="soft">{{ t('close.skip') }}</span>}
        @else {<fx-money data-testid="counted" [minor]="counted()" [currency]="account().currency" />}
      </p>
    </fieldset>
  `,
  styles: `
    fieldset { display: grid; gap: 0.875rem; margin: 0; min-width: 0; height: 100%; grid-template: auto 1fr auto / minmax(0, 1fr); align-items: start; }
    .title { display: flex; align-items: center; gap: 0.625rem; }
    .title fx-icon { color: var(--ink-soft); }
    .pieces { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.25rem, 1fr)); gap: 0.375rem 1.25rem; }
    label { display: flex; align-items: center; gap: 0.5rem; font-size: 0.875rem; }
    .value { flex: 1; text-align: end; white-space: nowrap; }
    .times { color: var(--ink-faint); }
    input { width: 3.75rem; min-height: 2.125rem; padding: 0 0.5rem; border: 1px solid var(--line-strong); border-radius: 7px; background: var(--card); color: var(--ink); font: inherit; text-align: end; }
    @media (width < 40rem) { input { width: 6rem; min-height: 2.75rem; font-size: 1rem; } }
    .amount { display: grid; gap: 0.25rem; color: var(--ink-soft); font-size: 0.8125rem; }
    .amount input { width: 100%; min-height: 2.75rem; font-size: 1.125rem; }
    .total { display: flex; justify-content: space-between; padding-top: 0.75rem; border-top: 1px solid var(--line); font-weight: 600; }
    .total .soft { font-weight: 400; }
    .wrong { color: var(--negative); font-weight: 500; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class AccountCount {
  readonly #language = inject(Language);
  readonly account = input.required<MerchantBody['accounts'][number]>();
  readonly changed = output<Counted>();
  protected readonly typed = signal<ReadonlyMap<number, string>>(new Map());
  protected readonly amount = signal('');
  protected readonly icon = computed(() => accountIcons[this.account().type] ?? 'merchant');
  protected readonly isCash = computed(() => ['DRAWER', 'SAFE'].includes(this.account().type));
  protected readonly pieces = computed(() =>
    this.isCash() ? denominationsOf(this.account().currency) : null,
  );
  readonly counted = computed<Counted>(() => {
    if (this.pieces() !== null) return sumOf(this.typed());
    const parse = this.isCash() ? parseAmount : parseSignedAmount;
    const parsed = parse(this.amount(), this.account().currency, this.#language.locale());
    if (parsed.kind === 'none') return null;
    return parsed.kind === 'amount' ? parsed.minor : undefined;
  });

  constructor() {
    effect(() => this.changed.emit(this.counted()));
  }

  protected text(minor: number): string {
    return moneyText(minor, this.account().currency, { locale: this.#language.locale() });
  }

  protected type(value: number, event: Event): void {
    const text = (event.target as HTMLInputElement).value;
    this.typed.update((typed) => new Map(typed).set(value, text));
  }

  protected typeAmount(event: Event): void {
    this.amount.set((event.target as HTMLInputElement).value);
  }
}
