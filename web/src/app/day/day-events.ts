/**
 * The closings and reopenings of the day on the screen: asked for when it is opened and again when it has changed, at most once in a while
 * however fast it changes. When they cannot be had, those that are shown stay, and they are asked for again.
 */
import { HttpClient } from '@angular/common/http';
import { DestroyRef, inject, signal } from '@angular/core';
import type { BalanceBody, DayBody, DayEventBody } from '@fluxo/schemas';
import { firstValueFrom } from 'rxjs';
import { addresses } from '../api/addresses.ts';
import { unavailable } from '../entries/unavailable.ts';

const PAUSE_MS = 1_500;
/** Balances come from memory and closings from Postgres, a moment later; whether there is one to come nothing says. */
const QUESTIONS_AFTER_A_CHANGE = 3;

export class DayEvents {
  readonly #http = inject(HttpClient);
  readonly list = signal<readonly DayEventBody[]>([]);
  #url = '';
  #seen = '';
  #asked = 0;
  #questionsLeft = 0;
  #isBusy = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Only where inject() may be called: it ends with whoever made it. */
  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#questionsLeft = 0;
      this.#asked += 1;
      clearTimeout(this.#again);
    });
  }

  /** The day as it is shown now, and how many commands from this device are in the ledger. */
  look({ merchantId, businessDate, revision, status }: BalanceBody, settled: number): void {
    const url = addresses.dayEvents(merchantId, businessDate);
    const seen = `${revision} ${status} ${settled}`;
    const [isOther, isChanged] = [url !== this.#url, seen !== this.#seen];
    this.#url = url;
    this.#seen = seen;
    if (isOther) {
      this.#questionsLeft = 0;
      this.list.set([]);
      void this.#ask();
    } else if (isChanged) {
      this.#questionsLeft = QUESTIONS_AFTER_A_CHANGE;
      if (!this.#isBusy) void this.#askAgain();
    }
  }

  async #askAgain(): Promise<void> {
    this.#isBusy = true;
    while (this.#questionsLeft > 0) {
      this.#questionsLeft -= 1;
      await this.#ask();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.#isBusy = false;
  }

  /** An answer that another question has overtaken is thrown away. Without one it is asked again, if that may help. */
  async #ask(): Promise<void> {
    clearTimeout(this.#again);
    this.#asked += 1;
    const mine = this.#asked;
    const answer = await firstValueFrom(this.#http.get<DayBody>(this.#url)).catch(unavailable);
    if (mine !== this.#asked) return;
    if ('events' in answer) this.list.set(answer.events);
    else if (answer.retryAfterSeconds !== null)
      this.#again = setTimeout(() => void this.#ask(), answer.retryAfterSeconds * 1_000);
  }
}
