/** What was sent from here and what became of it: waiting, accepted, in the ledger on which day, or refused, with what can be done. */
import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { TranslocoDirective } from '@jsverse/transloco';
import { Language } from '../i18n/language.ts';
import { Icon, type IconName } from '../look/icon.ts';
import { Money } from '../money/money.ts';
import type { Command, CommandKind } from './command.ts';
import { Outbox } from './outbox.ts';
import { Refusal } from './refusal.ts';

@Component({
  selector: 'fx-sent-list',
  imports: [Icon, MatButtonModule, Money, Refusal, RouterLink, TranslocoDirective],
  template: `
    <ul *transloco="let t" aria-live="polite">
      @for (command of shown(); track command.id) {
        <li [attr.data-state]="command.state.name" [attr.data-submission]="command.id">
          <span class="sign" [class]="command.state.name"><fx-icon [name]="icons[command.state.name]" /></span>
          <div class="what">
            <p class="line" [id]="'about-' + command.id">
              <strong>{{ aboutOf(command, t) }}</strong>
              @if (command.amountMinor !== null && command.currency !== null) {<fx-money [minor]="command.amountMinor" [currency]="command.currency" />}
            </p>
            @switch (command.state.name) {
              @case ('waiting') {<p class="small soft">{{ t(outbox.isOnline() ? 'sent.sending' : 'sent.waitsForLine') }}</p>}
              @case ('accepted') {<p class="small soft">{{ t('sent.accepted') }}</p>}
              @case ('posted') {
                <p class="small soft">
                  {{ command.state.businessDate === null ? t('sent.applied') : t('sent.posted', { date: language.date(command.state.businessDate, { dateStyle: 'medium' }) }) }}
                  @if (command.state.ledgerSeq !== null) {· {{ t('sent.seq', { seq: command.state.ledgerSeq }) }}}
                  @if (command.state.businessDate; as date) {<a [id]="'see-' + command.id" [attr.aria-labelledby]="'see-' + command.id + ' about-' + command.id" [routerLink]="['/m', command.merchantId, 'day', date]">{{ t('sent.see') }}</a>}
                </p>
              }
              @case ('refused') {
                <fx-refusal [code]="command.state.code" [detail]="command.state.detail" />
                <p class="actions">
                  @if (isCorrectable(command)) {<button matButton="outlined" type="button" [id]="'correct-' + command.id" [attr.aria-labelledby]="'correct-' + command.id + ' about-' + command.id" (click)="correct.emit(command)">{{ t('sent.correct') }}</button>}
                  <button matButton type="button" [id]="'drop-' + command.id" [attr.aria-labelledby]="'drop-' + command.id + ' about-' + command.id" (click)="outbox.drop(command.id)">{{ t('sent.drop') }}</button>
                </p>
              }
            }
          </div>
        </li>
      }
    </ul>
  `,
  styles: `
    ul { display: grid; gap: 0.25rem; }
    li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.875rem; padding-block: 0.625rem; border-bottom: 1px solid var(--line); }
    li:last-child { border-bottom: 0; }
    .sign { display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: 999px; background: var(--well); color: var(--ink-soft); }
    .sign.posted { background: var(--positive-soft); color: var(--positive); }
    .sign.refused { background: var(--negative-soft); color: var(--negative); }
    .sign.waiting { background: var(--caution-soft); color: var(--caution); }
    .sign fx-icon { width: 1.125rem; height: 1.125rem; }
    .what { display: grid; gap: 0.25rem; }
    .line { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.25rem 1rem; }
    strong { font-weight: 580; }
    a { margin-inline-start: 0.375rem; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class SentList {
  protected readonly outbox = inject(Outbox);
  protected readonly language = inject(Language);
  readonly merchantId = input.required<string>();
  readonly kinds = input.required<readonly CommandKind[]>();
  /** Only what is about this. */
  readonly about = input<string>();
  /** Somebody wants it back in the form. */
  readonly correct = output<Command>();
  protected readonly icons: Record<Command['state']['name'], IconName> = {
    waiting: 'waiting',
    accepted: 'waiting',
    posted: 'check',
    refused: 'warning',
  };
  protected readonly shown = computed(() =>
    this.outbox
      .commands()
      .filter(({ merchantId, kind }) => merchantId === this.merchantId() && this.kinds().includes(kind))
      .filter(({ about }) => about === (this.about() ?? about))
      .toReversed(),
  );

  protected isCorrectable({ kind }: Command): boolean {
    return kind === 'entry' || kind === 'transfer';
  }

  protected aboutOf({ kind, about }: Command, t: (key: string) => string): string {
    if (kind === 'entry') return t(`kind.${about}`);
    if (kind === 'transfer') return t(`purpose.${about}`);
    if (kind === 'close' || kind === 'reopen')
      return `${t(`sent.${kind}`)} · ${this.language.date(about, { dateStyle: 'medium' })}`;
    return t(`sent.${kind}`);
  }
}
