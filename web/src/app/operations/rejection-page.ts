/** One refusal: why, of whom, and the submission as it was sent, decoded or byte by byte. From here it can be sent again. */
import { httpResource } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { RejectionDetailBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Session } from '../api/session.ts';
import { Language } from '../i18n/language.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Skeleton } from '../look/skeleton.ts';
import { hexLines } from './hex-lines.ts';
import { Replay } from './replay.ts';

const BYTES_SHOWN_MAX = 2_048;

@Component({
  selector: 'fx-rejection-page',
  imports: [Failure, Icon, Replay, RouterLink, Skeleton, TranslocoDirective],
  template: `
    <div class="parts" *transloco="let t">
      <p><a routerLink="/operations/rejections"><fx-icon name="previous" /> {{ t('operations.back') }}</a></p>
      @if (rejection(); as it) {
        <section class="card">
          <h2>{{ t('operations.rejection', { place: it.place }) }}</h2>
          <dl class="facts">
            <dt>{{ t('operations.code') }}</dt><dd><code data-testid="code">{{ it.code }}</code></dd>
            <dt>{{ t('operations.detail') }}</dt><dd lang="en">{{ it.detail }}</dd>
            <dt>{{ t('operations.refusedAt') }}</dt><dd><time [attr.datetime]="it.recordedAt">{{ when(it.recordedAt) }}</time></dd>
            <dt>{{ t('operations.key') }}</dt><dd>{{ it.key ?? '–' }}</dd>
            <dt>{{ t('operations.merchant') }}</dt><dd>@if (it.merchantId; as id) {<a [routerLink]="['/m', id, 'today']">{{ id }}</a> · <a routerLink="/operations/trail" [queryParams]="{ merchant: id, submission: it.submissionId }">{{ t('operations.part.trail') }}</a>} @else {–}</dd>
            <dt>{{ t('operations.submissionAt') }}</dt><dd>{{ t('operations.submissionPlace', { partition: it.place.split('-')[0], offset: it.sourceOffset }) }}</dd>
          </dl>
        </section>
        @if (session.may('rejections:replay')) {<fx-replay [place]="it.place" />}
        <section class="card">
          <h2>{{ it.type ?? t('operations.undecodable') }}</h2>
          @if (decoded(); as text) {<pre tabindex="0" data-testid="decoded">{{ text }}</pre>}
          <details [open]="decoded() === null">
            <summary>{{ t('operations.bytes') }}</summary>
            <pre tabindex="0" data-testid="bytes">{{ bytes() }}</pre>
            @if (!it.isWhole) {<p class="small soft">{{ t('operations.notWhole') }}</p>}
          </details>
        </section>
      } @else if (answer.error()) {
        <fx-failure [error]="answer.error()" (again)="answer.reload()" />
      } @else {
        <div class="card"><fx-skeleton [count]="8" /></div>
      }
    </div>
  `,
  styles: `
    :host { display: block; }
    pre { margin: 0; padding: 0.75rem; max-height: 28rem; overflow: auto; border-radius: var(--radius-small); background: var(--well); font-size: 0.8125rem; line-height: 1.5; }
    details { margin-top: 0.875rem; }
    summary { margin-bottom: 0.5rem; color: var(--ink-soft); cursor: pointer; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RejectionPage {
  protected readonly session = inject(Session);
  readonly #language = inject(Language);
  readonly place = input.required<string>();
  protected readonly answer = httpResource<RejectionDetailBody>(() => addresses.rejection(this.place()));
  protected readonly rejection = computed(() => (this.answer.hasValue() ? this.answer.value() : null));
  protected readonly decoded = computed(() => {
    const submission = this.rejection()?.submission ?? null;
    return submission === null ? null : JSON.stringify(submission, null, 2);
  });
  protected readonly bytes = computed(() =>
    hexLines(this.rejection()?.bytes ?? '', BYTES_SHOWN_MAX).join('\n'),
  );

  protected when(instant: string): string {
    return this.#language.time(instant, undefined, { dateStyle: 'long', timeStyle: 'medium' });
  }
}
