/**
 * Sending a refused submission again, in three steps that nobody takes by accident: what would become of it, whether one really wants it, what became of
 * it. Whoever repeats it adds nothing, so a line that breaks does no harm.
 */
import { HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import type { ReplayBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { firstValueFrom } from 'rxjs';
import { addresses } from '../api/addresses.ts';
import { problemOf } from '../api/problem.ts';
import { Notice } from '../look/notice.ts';
import { Refusal } from '../sending/refusal.ts';

type Step =
  | { readonly kind: 'not-tried' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'answered'; readonly answer: ReplayBody; readonly isSure: boolean }
  | { readonly kind: 'failed'; readonly error: unknown };

@Component({
  selector: 'fx-replay',
  imports: [MatButtonModule, Notice, Refusal, TranslocoDirective],
  template: `
    <section class="card" aria-live="polite" *transloco="let t">
      <h2>{{ t('operations.replay') }}</h2>
      <p class="soft small">{{ t('operations.replayWhat') }}</p>
      @if (answer(); as it) {
        <fx-notice [class]="looks()" [icon]="it.verdict.kind === 'accepted' ? 'check' : 'warning'" [heading]="t('operations.verdict.' + it.verdict.kind + (it.sent ? 'Sent' : ''))" [attr.data-verdict]="it.verdict.kind" [attr.data-sent]="it.sent">
          @switch (it.verdict.kind) {
            @case ('accepted') {<ul>@for (record of it.verdict.records; track record.ledgerSeq) {<li>{{ record.type }}{{ record.businessDate === null ? '' : ' · ' + record.businessDate }}</li>}</ul>}
            @case ('rejected') {<p><code>{{ it.verdict.code }}</code>: <span lang="en">{{ it.verdict.detail }}</span></p>}
            @case ('lost') {<p lang="en">{{ it.verdict.reason }}</p>}
          }
        </fx-notice>
      }
      @if (failure(); as problem) {<fx-refusal [code]="problem.code" [detail]="problem.detail" />}
      <div class="actions">
        @if (canSend() && !isSure()) {
          <button matButton="filled" type="button" data-testid="send" (click)="beSure()">{{ t('operations.send') }}</button>
        } @else if (canSend()) {
          <p><strong>{{ t('operations.sure') }}</strong></p>
          <button matButton="filled" type="button" data-testid="really-send" (click)="ask(false)">{{ t('operations.really') }}</button>
          <button matButton type="button" (click)="reset()">{{ t('operations.cancel') }}</button>
        }
        @if (!isSure()) {<button matButton="outlined" type="button" data-testid="dry-run" [disabled]="step().kind === 'asking'" (click)="ask(true)">{{ t('operations.dryRun') }}</button>}
        @if (step().kind === 'asking') {<p class="soft small" role="status">{{ t('operations.trying') }}</p>}
      </div>
    </section>
  `,
  styles: `
    .card { display: grid; gap: 0.875rem; }
    .card > h2 { margin-bottom: 0; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Replay {
  readonly #http = inject(HttpClient);
  readonly place = input.required<string>();
  protected readonly step = signal<Step>({ kind: 'not-tried' });
  protected readonly answer = computed(() => {
    const step = this.step();
    return step.kind === 'answered' ? step.answer : null;
  });
  protected readonly canSend = computed(() => {
    const answer = this.answer();
    return answer?.verdict.kind === 'accepted' && !answer.sent;
  });
  protected readonly isSure = computed(() => {
    const step = this.step();
    return step.kind === 'answered' && step.isSure;
  });
  protected readonly failure = computed(() => {
    const step = this.step();
    return step.kind === 'failed' ? problemOf(step.error) : null;
  });
  protected readonly looks = computed(() => {
    const kind = this.answer()?.verdict.kind;
    return kind === 'accepted' || kind === 'duplicate' ? 'good' : 'caution';
  });

  protected async ask(dryRun: boolean): Promise<void> {
    this.step.set({ kind: 'asking' });
    try {
      const sent = this.#http.post<ReplayBody>(addresses.replay(this.place()), { dryRun });
      this.step.set({ kind: 'answered', answer: await firstValueFrom(sent), isSure: false });
    } catch (error) {
      this.step.set({ kind: 'failed', error });
    }
  }

  protected beSure(): void {
    const step = this.step();
    if (step.kind === 'answered') this.step.set({ ...step, isSure: true });
  }

  protected reset(): void {
    this.step.set({ kind: 'not-tried' });
  }
}
