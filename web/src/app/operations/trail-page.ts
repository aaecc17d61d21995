/** The way of a merchant's latest submissions, step by step, with the time each step took. What nobody wrote down is not shown as a time. */
import { httpResource } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import type { TrailBody, TrailsBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Language } from '../i18n/language.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { ReaderNames } from './reader-names.ts';
import { durationText, stepsOf } from './trail-steps.ts';

@Component({
  selector: 'fx-trail-page',
  imports: [Failure, Icon, MatButtonModule, Notice, RouterLink, Skeleton, TranslocoDirective],
  templateUrl: './trail-page.html',
  styleUrls: ['./rejections-page.scss', './trail-page.scss'],
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class TrailPage {
  readonly #language = inject(Language);
  protected readonly names = inject(ReaderNames);
  readonly #router = inject(Router);
  /** From the address, so that a link shows the same. */
  readonly merchant = input<string>();
  readonly submission = input<string>();
  protected readonly answer = httpResource<TrailsBody>(() => {
    const merchant = this.merchant() ?? '';
    return merchant === '' ? undefined : addresses.trails(merchant, this.submission() ?? '');
  });
  protected readonly found = computed(() => (this.answer.hasValue() ? this.answer.value() : null));
  protected readonly trails = computed(() =>
    (this.found()?.trails ?? []).map((trail) => ({ ...trail, steps: this.#stepsOf(trail) })),
  );

  protected search(event: Event): void {
    event.preventDefault();
    const { elements } = event.target as HTMLFormElement;
    const text = (name: string) => (elements.namedItem(name) as HTMLInputElement).value.trim();
    const submission = text('submission').toLowerCase();
    void this.#router.navigate(['/operations', 'trail'], {
      queryParams: { merchant: text('merchant'), ...(submission === '' ? {} : { submission }) },
    });
  }

  #stepsOf(trail: TrailBody) {
    const locale = this.#language.locale();
    return stepsOf(trail).map((step) => ({
      ...step,
      when: this.#language.time(step.at, undefined, { dateStyle: 'short', timeStyle: 'medium' }),
      took: step.tookMs === null ? null : durationText(step.tookMs, locale),
    }));
  }
}
