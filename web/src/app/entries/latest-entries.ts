/**
 * The latest movements of the day on the screen: first those that came with the page, then asked for again when the balance has changed, at
 * most once in a while however fast it changes, and until they go as far as it. When they cannot be had, the balance is shown without them, and
 * they are asked for again.
 */
import { HttpClient } from '@angular/common/http';
import { DestroyRef, inject, signal } from '@angular/core';
import type { DayPageBody, EntryBody, EntryListBody, Section } from '@fluxo/schemas';
import { firstValueFrom } from 'rxjs';
import { addresses } from '../api/addresses.ts';
import { unavailable } from './unavailable.ts';

const SHOWN_MAX = 12;
/** Between two questions; twice as long after each one in vain. */
const PAUSE_MS = 700;
const PAUSE_MS_MAX = 5_000;

type Day = { readonly merchantId: string; readonly date: string };

export class LatestEntries {
  readonly #http = inject(HttpClient);
  /** Null until the page has come. */
  readonly section = signal<Section<readonly EntryBody[]> | null>(null);
  /** Null before the page has come, and when nobody looks any more. */
  #day: Day | null = null;
  #revisionSeen = 0;
  #isBusy = false;
  #isWanted = false;
  #pauseMs = PAUSE_MS;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Only where inject() may be called: it ends with whoever made it. */
  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#day = null;
      clearTimeout(this.#again);
    });
  }

  show({ merchant, today, balance, entries }: DayPageBody): void {
    const { merchantId } = merchant;
    if (this.#day?.merchantId !== merchantId || this.#day.date !== today) {
      clearTimeout(this.#again);
      this.#day = { merchantId, date: today };
      this.#revisionSeen = 0;
      this.#isBusy = false;
    }
    this.#revisionSeen = Math.max(this.#revisionSeen, balance.revision);
    this.section.set(
      entries.state === 'ok' ? { state: 'ok', value: entries.value.entries.slice(0, SHOWN_MAX) } : entries,
    );
    if (entries.state === 'unavailable') this.#askAfter(entries.retryAfterSeconds);
    else if (entries.value.head < this.#revisionSeen) this.#ask();
  }

  /** The balance has reached this revision. */
  look(revision: number): void {
    if (revision <= this.#revisionSeen) return;
    this.#revisionSeen = revision;
    this.#ask();
  }

  #ask(): void {
    this.#isWanted = true;
    this.#pauseMs = PAUSE_MS;
    if (!this.#isBusy && this.#day !== null) void this.#fetch(this.#day);
  }

  #askAfter(seconds: number | null): void {
    clearTimeout(this.#again);
    if (seconds !== null) this.#again = setTimeout(() => this.#ask(), seconds * 1_000);
  }

  /** What has not been answered when the day changes is waited for no more, and an answer that comes then is thrown away. */
  async #fetch(day: Day): Promise<void> {
    const url = addresses.entries(day.merchantId, { businessDate: day.date, limit: SHOWN_MAX });
    this.#isBusy = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      const answer = await firstValueFrom(this.#http.get<EntryListBody>(url)).catch(unavailable);
      if (day !== this.#day) return;
      if ('state' in answer) {
        this.section.set(answer);
        this.#askAfter(answer.retryAfterSeconds);
      } else {
        this.section.set({ state: 'ok', value: answer.entries });
        // Balances come from memory and entries from Postgres, a moment later.
        if (answer.head < this.#revisionSeen) this.#isWanted = true;
      }
      const pauseMs = this.#pauseMs;
      this.#pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (day !== this.#day) return;
    }
    this.#isBusy = false;
  }
}
