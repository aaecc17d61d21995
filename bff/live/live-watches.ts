/**
 * All days that browsers watch through this process, and the lines to the browsers: how many there may be, that they are alive, and that they
 * end with their session, whichever process ended it.
 */
import type { MerchantBody } from '@fluxo/schemas';
import { Problem } from '../problems.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Balance, Place, QueryApi } from '../upstreams/query-api.ts';
import type { EventStream } from './event-stream.ts';
import { LiveWatch, type Watcher } from './live-watch.ts';

/** Lines at a time: of one session, and in all. */
const LINES_MAX = { perSession: 12, inAll: 2_000 };

const BEAT_EVERY_MS = 15_000;

export type LiveOptions = {
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly balances: QueryApi;
  readonly nowMs: () => number;
};

export class LiveWatches {
  readonly #options: LiveOptions;
  readonly #watches = new Map<string, LiveWatch>();
  /** Lines by the name of their session, those that are being opened included. */
  readonly #lines = new Map<string, number>();
  readonly #beat: NodeJS.Timeout;
  #count = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#beat = setInterval(() => this.#beatAll(), BEAT_EVERY_MS).unref();
  }

  get count(): number {
    return this.#count;
  }

  /** Takes a place for a line of this session; what is returned gives it back. Throws `too-many-live-connections`. */
  takePlace(name: string): () => void {
    const { perSession, inAll } = LINES_MAX;
    const own = this.#lines.get(name) ?? 0;
    if (own >= perSession || this.#count >= inAll) throw tooMany();
    this.#lines.set(name, own + 1);
    this.#count += 1;
    return () => {
      const left = (this.#lines.get(name) ?? 1) - 1;
      if (left === 0) this.#lines.delete(name);
      else this.#lines.set(name, left);
      this.#count -= 1;
    };
  }

  /** Shows the day on this line until it ends. */
  async show(
    place: Place,
    line: { readonly name: string; readonly stream: EventStream },
    first: { readonly balance: Balance; readonly merchant: MerchantBody },
  ): Promise<void> {
    const watcher: Watcher = { ...line, shown: null };
    const watch = this.#watchOf(place, first);
    watch.join(watcher, first);
    await line.stream.closed;
    watch.leave(watcher);
  }

  /** Cuts the lines of a session that has ended. */
  endSession(name: string): void {
    for (const watcher of this.#watchers()) if (watcher.name === name) watcher.stream.end();
  }

  /** Cuts all lines: the process is going, and browsers find another one. */
  close(): void {
    clearInterval(this.#beat);
    for (const { stream } of this.#watchers()) stream.end();
  }

  #watchOf(place: Place, first: { readonly balance: Balance; readonly merchant: MerchantBody }): LiveWatch {
    const key = `${place.merchantId} ${place.date}`;
    const found = this.#watches.get(key);
    if (found !== undefined) return found;
    const { sessions, balances, nowMs } = this.#options;
    const watch = new LiveWatch(
      { place, sessions, balances, nowMs, onIdle: () => this.#watches.delete(key) },
      first,
    );
    this.#watches.set(key, watch);
    return watch;
  }

  *#watchers(): Generator<Watcher> {
    for (const watch of this.#watches.values()) yield* watch.watchers;
  }

  #beatAll(): void {
    for (const watcher of this.#watchers()) {
      watcher.stream.beat();
      this.#endIfSignedOut(watcher).catch(() => undefined); // Redis away: the watch says so
    }
  }

  async #endIfSignedOut({ name, stream }: Watcher): Promise<void> {
    if ((await this.#options.store.read(name)) === null) stream.end();
  }
}

function tooMany(): Problem {
  return new Problem(
    'too-many-live-connections',
    'As many pages are being kept up to date as may be. Close some, or ask for the page again now and then.',
  );
}
