/** In the place of a page that could not be had: why, and again. Where the session has ended it leads to signing in. */
import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { Router } from '@angular/router';
import { TranslocoDirective, TranslocoService } from '@jsverse/transloco';
import { problemOf } from '../api/problem.ts';
import { Session } from '../api/session.ts';
import { Notice } from './notice.ts';

@Component({
  selector: 'fx-failure',
  imports: [MatButtonModule, Notice, TranslocoDirective],
  template: `
    <div class="card" role="alert" *transloco="let t">
      <fx-notice class="quiet" [icon]="problem().code === 'offline' ? 'offline' : 'warning'" [heading]="t(key() + '.title')">
        <p>{{ t(key() + '.what') }}</p>
        @if (problem().requestId; as id) {<p class="small">{{ t('failure.request', { id }) }}</p>}
        @if (problem().status === 401) {
          <a matButton="filled" [href]="signIn()">{{ t('session.signIn') }}</a>
        } @else {
          <button matButton="outlined" type="button" (click)="again.emit()">{{ t('failure.again') }}</button>
        }
      </fx-notice>
    </div>
  `,
  host: { '(window:online)': 'comeBack()' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Failure {
  readonly #transloco = inject(TranslocoService);
  readonly #session = inject(Session);
  readonly #router = inject(Router);
  readonly error = input.required<unknown>();
  readonly again = output();
  protected readonly problem = computed(() => problemOf(this.error()));
  protected readonly signIn = computed(() => this.#session.signInAddress(this.#router.url));
  protected readonly key = computed(() => {
    const { code, status } = this.problem();
    const byStatus: Record<number, string> = {
      401: 'ended',
      403: 'forbidden',
      404: 'absent',
      422: 'long',
      429: 'often',
      503: 'away',
    };
    const own = `failure.${code === 'offline' ? 'offline' : (byStatus[status] ?? 'other')}`;
    return this.#transloco.translate(`${own}.title`) === `${own}.title` ? 'failure.other' : own;
  });

  /** Where there was no line and it is back, nobody need ask. */
  protected comeBack(): void {
    if (this.problem().code === 'offline') this.again.emit();
  }
}
