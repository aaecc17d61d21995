/** What was refused, newest first, narrowed to a code, a merchant or a time. Each leads to its own page. */
import { HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { RejectionBody, RejectionPageBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { firstValueFrom } from 'rxjs';
import { addresses } from '../api/addresses.ts';
import { Language } from '../i18n/language.ts';
import { Failure } from '../look/failure.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';

const HOUR_MS = 3_600_000;
/** How far back to look; the topic keeps 90 days. */
const spansMs = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, ever: null } as const;

type SpanName = keyof typeof spansMs;

type Filter = { readonly code: string; readonly merchant: string; readonly span: SpanName };

/** `state` says what is under way; what has come so far stays. */
type Listing = {
  readonly state: 'loading' | 'here' | { readonly error: unknown };
  readonly rejections: readonly RejectionBody[];
  readonly nextCursor: string | null;
};

@Component({
  selector: 'fx-rejections-page',
  imports: [Failure, MatButtonModule, Notice, RouterLink, Skeleton, TranslocoDirective],
  templateUrl: './rejections-page.html',
  styleUrl: './rejections-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RejectionsPage {
  protected readonly language = inject(Language);
  readonly #http = inject(HttpClient);
  protected readonly spans = Object.keys(spansMs) as SpanName[];
  readonly #filter = signal<Filter>({ code: '', merchant: '', span: 'ever' });
  protected readonly filter = this.#filter.asReadonly();
  protected readonly listing = signal<Listing>({ state: 'loading', rejections: [], nextCursor: null });
  /** Answers to former questions count no more. */
  #question = 0;

  constructor() {
    void this.load();
  }

  protected get error(): unknown {
    const { state } = this.listing();
    return typeof state === 'string' ? null : state.error;
  }

  protected search(event: Event): void {
    event.preventDefault();
    const { elements } = event.target as HTMLFormElement;
    const text = (name: string) => (elements.namedItem(name) as HTMLInputElement).value.trim();
    this.#filter.set({ code: text('code'), merchant: text('merchant'), span: text('span') as SpanName });
    this.listing.set({ state: 'loading', rejections: [], nextCursor: null });
    void this.load();
  }

  /** The next page, behind what is there; the first if nothing is. */
  protected async load(): Promise<void> {
    const question = ++this.#question;
    const { rejections, nextCursor } = this.listing();
    this.listing.set({ state: 'loading', rejections, nextCursor });
    try {
      const page = await firstValueFrom(this.#http.get<RejectionPageBody>(this.#address(nextCursor)));
      if (question !== this.#question) return;
      this.listing.set({
        state: 'here',
        rejections: [...rejections, ...page.rejections],
        nextCursor: page.nextCursor,
      });
    } catch (error) {
      if (question === this.#question) this.listing.set({ state: { error }, rejections, nextCursor });
    }
  }

  protected when(instant: string): string {
    return this.language.time(instant, undefined, { dateStyle: 'short', timeStyle: 'medium' });
  }

  #address(cursor: string | null): string {
    const { code, merchant, span } = this.#filter();
    const spanMs = spansMs[span];
    const since = spanMs === null ? '' : new Date(Date.now() - spanMs).toISOString();
    return addresses.rejections({ code, merchant, since, cursor: cursor ?? '' });
  }
}
