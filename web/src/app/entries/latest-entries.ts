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

export class LatestEntries {
  readonly #http = inject(HttpClient);
  /** Null until the page has come. */
  readonly section = signal<Section<readonly EntryBody[]> | null>(null);
  #day: { readonly merchantId: string; readonly date: string } | null = null;
  #revisionSeen = 0;
  #isBusy = false;
  #isWanted = false;
  #pauseMs = PAUSE_MS;
  #isGone = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Only where inject() may be called: it ends with whoever made it. */
  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#isGone = true;
      clearTimeout(this.#again);
    });
  }

  show({ merchant, today, balance, entries }: DayPageBody): void {
    this.#day = { merchantId: merchant.merchantId, date: today };
    this.#revisionSeen = balance.revision;
    this.section.set(
      entries.state === 'ok' ? { state: 'ok', value: entries.value.entries.slice(0, SHOWN_MAX) } : entries,
    );
    if (entries.state === 'unavailable') this.#askAfter(entries.retryAfterSeconds);
    else if (entries.value.head < balance.revision) this.#ask();
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
    if (!this.#isBusy) void this.#fetch();
  }

  #askAfter(seconds: number | null): void {
    clearTimeout(this.#again);
    if (seconds !== null && !this.#isGone) this.#again = setTimeout(() => this.#ask(), seconds * 1_000);
  }

  async #fetch(): Promise<void> {
    this.#isBusy = true;
    while (this.#isWanted && !this.#isGone && this.#day !== null) {
      this.#isWanted = false;
      const { merchantId, date } = this.#day;
      const url = addresses.entries(merchantId, { businessDate: date, limit: SHOWN_MAX });
      try {
        const { entries, head } = await firstValueFrom(this.#http.get<EntryListBody>(url));
        this.section.set({ state: 'ok', value: entries });
        // Balances come from memory and entries from Postgres, a moment later.
        if (head < this.#revisionSeen) this.#isWanted = true;
      } catch (error) {
        const section = unavailable(error);
        this.section.set(section);
        this.#askAfter(section.retryAfterSeconds);
      }
      const pauseMs = this.#pauseMs;
      this.#pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.#isBusy = false;
  }
}
