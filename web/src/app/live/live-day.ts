/**
 * The line on which changes of a day arrive (server-sent events). The browser comes back by itself where it can, and says what it
 * has seen last; where the line was refused, it is tried again here. Whatever arrives is a whole document, so nothing is ever added up.
 */
import { DestroyRef, inject, signal } from '@angular/core';
import type { BalanceBody, Freshness, LiveEvent } from '@fluxo/schemas';
import { Session } from '../api/session.ts';

export type LineState =
  | { readonly name: 'connecting' }
  | { readonly name: 'live' }
  /** The back end is there and cannot see the balances. */
  | { readonly name: 'stale'; readonly since: string }
  | { readonly name: 'broken'; readonly since: string };

type Shown = { readonly balance: BalanceBody; readonly freshness: Freshness };
type DataOf<Name extends LiveEvent['event']> = Extract<LiveEvent, { event: Name }>['data'];

const AGAIN_MS = 3_000;

export class LiveDay {
  readonly state = signal<LineState>({ name: 'connecting' });
  readonly latest = signal<Shown | null>(null);
  /** The business day of this moment, as the line that is open has said it last. */
  readonly today = signal<string | null>(null);
  readonly #session = inject(Session);
  #source: EventSource | null = null;
  #address: string | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Only where inject() may be called: it ends with whoever made it. */
  constructor() {
    inject(DestroyRef).onDestroy(() => this.close());
  }

  open(merchantId: string, date: string): void {
    const address = `/api/live/${encodeURIComponent(merchantId)}/${date}`;
    if (address === this.#address) return;
    this.close();
    this.#address = address;
    this.#connect(address);
  }

  close(): void {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = null;
    this.#address = null;
    this.latest.set(null);
    this.today.set(null);
    this.state.set({ name: 'connecting' });
  }

  #connect(address: string): void {
    const source = new EventSource(address);
    this.#source = source;
    source.addEventListener('open', () => this.state.set({ name: 'live' }));
    source.addEventListener('balance', (event) => {
      this.latest.set(dataOf<'balance'>(event));
      this.state.set({ name: 'live' });
    });
    source.addEventListener('stale', (event) =>
      this.state.set({ name: 'stale', since: dataOf<'stale'>(event).since }),
    );
    source.addEventListener('today', (event) => this.today.set(dataOf<'today'>(event).today));
    source.addEventListener('error', () => this.#broke(source, address));
  }

  #broke(source: EventSource, address: string): void {
    const now = this.state();
    if (now.name !== 'broken') this.state.set({ name: 'broken', since: new Date().toISOString() });
    if (source.readyState !== EventSource.CLOSED) return;
    void this.#comeBack(source, address);
  }

  /** Refused, perhaps because the session has ended: then the frame of the page says so, and asking again is in vain. */
  async #comeBack(source: EventSource, address: string): Promise<void> {
    const session = await this.#session.load().catch(() => undefined);
    if (session === null || this.#source !== source) return;
    this.#again = setTimeout(() => this.#connect(address), AGAIN_MS);
  }
}

function dataOf<Name extends LiveEvent['event']>(event: MessageEvent<string>): DataOf<Name> {
  return JSON.parse(event.data) as DataOf<Name>;
}

/** Of two answers about one day, the one with the higher revision; of equals, the later one. */
export function newerOf(page: Shown | null, live: Shown | null): Shown | null {
  if (page === null || live === null) return page;
  const { balance, freshness } = live;
  if (balance.revision !== page.balance.revision)
    return balance.revision > page.balance.revision ? live : page;
  // A closing changes the status and no revision; RFC 3339 in UTC orders as text.
  return freshness.shownAt >= page.freshness.shownAt ? live : page;
}
