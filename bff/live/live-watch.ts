/**
 * One day of one merchant, watched for all browsers that look at it: one question to the query API at a time, held back there until
 * something of the merchant is newer (`minRevision`), asked with the token of the watcher whose turn it is. So the query API judges every
 * watcher's right again and again, and whoever has lost it is let go. Every watcher has had an answer of its own before it joins.
 *
 * A service that cannot be asked is `stale` once, and a `balance` when it answers again. Which business day is the merchant's `today` is said to
 * every watcher when it joins, for it may have been away when the day changed, and to all of them when it changes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvent, MerchantBody } from '@fluxo/schemas';
import { businessTodayOf } from '../business-today.ts';
import { PassedOnProblem, Problem } from '../problems.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type Balance, isBehind, type Place, type QueryApi, type Shown } from '../upstreams/query-api.ts';
import type { EventStream } from './event-stream.ts';

export type Watcher = {
  /** Of its session. */
  readonly name: string;
  readonly stream: EventStream;
  /** What it has been sent last; null: nothing, or it was told since that this is old. */
  shown: Shown | null;
};

/** What the watcher has seen by its own right when it joins. */
export type FirstSight = { readonly balance: Balance; readonly merchant: MerchantBody };

export type WatchOptions = {
  readonly place: Place;
  readonly sessions: Pick<Sessions, 'current'>;
  readonly balances: QueryApi;
  readonly nowMs: () => number;
  /** The last watcher has gone. */
  readonly onIdle: () => void;
};

/** A merchant that changes all the time is shown ten times a second. */
const ASK_EVERY_MS = 100;
const RETRY_AFTER_MS = 500;
/** A calendar may change meanwhile, so a far-off day's start is reckoned anew now and then. */
const TODAY_LOOK_EVERY_MS = 900_000;
const TODAY_LOOK_AFTER_MS = 50;

export class LiveWatch {
  readonly #options: WatchOptions;
  readonly #watchers = new Set<Watcher>();
  #latest: Balance;
  #today: string;
  #todayTimer: NodeJS.Timeout | undefined;
  #isStale = false;
  #isFollowing = false;
  #isOver = false;

  constructor(options: WatchOptions, { balance, merchant }: FirstSight) {
    this.#options = options;
    this.#latest = balance;
    const { today, nextDayStartMs } = businessTodayOf(merchant, options.nowMs());
    this.#today = today;
    this.#waitForNextDay(nextDayStartMs);
  }

  /** Tells the watcher which day is today, shows it what it has seen first, and from then on what changes. */
  join(watcher: Watcher, { balance, merchant }: FirstSight): void {
    this.#watchers.add(watcher);
    const { today } = businessTodayOf(merchant, this.#options.nowMs());
    watcher.stream.send({ event: 'today', data: { today } }, null);
    this.#show(watcher, balance);
    // What others have been shown may be newer than what this one has just seen.
    if (isBehind(balance, this.#latest)) this.#show(watcher, this.#latest);
    if (!this.#isFollowing) void this.#follow();
  }

  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  get watchers(): ReadonlySet<Watcher> {
    return this.#watchers;
  }

  async #follow(): Promise<void> {
    this.#isFollowing = true;
    for (let watcher = this.#next(); watcher !== undefined; watcher = this.#next()) {
      const startedMs = performance.now();
      const pauseMs = await this.#look(watcher);
      await sleep(Math.max(0, pauseMs - (performance.now() - startedMs)));
    }
    this.#isOver = true;
    clearTimeout(this.#todayTimer);
    this.#options.onIdle();
  }

  /** The watcher whose turn it is: it goes to the end of the queue. */
  #next(): Watcher | undefined {
    const [watcher] = this.#watchers;
    if (watcher === undefined) return undefined;
    this.#watchers.delete(watcher);
    this.#watchers.add(watcher);
    return watcher;
  }

  /** Asks once; how long after the beginning of this question the next one may follow. */
  async #look(watcher: Watcher): Promise<number> {
    const { place, sessions, balances } = this.#options;
    try {
      const { access } = (await sessions.current(watcher.name)).tokens;
      const { head, balance } = await balances.change(access, place, this.#latest);
      if (balance !== null || this.#isStale) this.#publish(balance ?? this.#latest);
      this.#latest = { ...this.#latest, head };
      return ASK_EVERY_MS;
    } catch (error) {
      if (!isRefusal(error)) return this.#sayStale(error);
      watcher.stream.end();
      this.leave(watcher);
      return 0;
    }
  }

  #publish(balance: Balance): void {
    const freshness = { ...balance.freshness, shownAt: new Date(this.#options.nowMs()).toISOString() };
    this.#latest = { ...balance, freshness };
    if (this.#isStale) for (const watcher of this.#watchers) watcher.shown = null;
    this.#isStale = false;
    for (const watcher of this.#watchers) this.#show(watcher, this.#latest);
  }

  /** What a watcher has seen is not shown again, nor what is older: of two query APIs one may be behind. */
  #show(watcher: Watcher, latest: Balance): void {
    const { shown } = watcher;
    if (shown !== null && (shown.etag === latest.etag || isBehind(latest, shown))) return;
    watcher.shown = latest;
    const { balance, freshness } = latest;
    watcher.stream.send({ event: 'balance', data: { balance, freshness } }, balance.revision);
  }

  #sayStale(error: unknown): number {
    if (!this.#isStale) {
      this.#isStale = true;
      const code = error instanceof Problem ? error.code : 'internal-error';
      this.#tell({ event: 'stale', data: { since: this.#latest.freshness.shownAt, code } });
    }
    return RETRY_AFTER_MS;
  }

  #tell(event: LiveEvent): void {
    for (const { stream } of this.#watchers) stream.send(event, null);
  }

  #waitForNextDay(nextDayStartMs: number): void {
    if (this.#isOver) return;
    const untilMs = Math.min(nextDayStartMs - this.#options.nowMs(), TODAY_LOOK_EVERY_MS);
    this.#todayTimer = setTimeout(
      () => void this.#lookAtToday(),
      Math.max(untilMs, TODAY_LOOK_AFTER_MS),
    ).unref();
  }

  async #lookAtToday(): Promise<void> {
    const { place, sessions, balances, nowMs } = this.#options;
    const [watcher] = this.#watchers;
    if (watcher === undefined) return this.#waitForNextDay(nowMs() + RETRY_AFTER_MS);
    try {
      const { access } = (await sessions.current(watcher.name)).tokens;
      const merchant = await balances.merchant(access, place.merchantId);
      const { today, nextDayStartMs } = businessTodayOf(merchant, nowMs());
      if (today !== this.#today) this.#tell({ event: 'today', data: { today } });
      this.#today = today;
      this.#waitForNextDay(nextDayStartMs);
    } catch {
      // The question of the balance says what is wrong; this one is asked again soon.
      this.#waitForNextDay(nowMs() + RETRY_AFTER_MS);
    }
  }
}

/** Whether it is this watcher who gets no answer, as against: nobody can be answered now. */
function isRefusal(error: unknown): boolean {
  return (error instanceof Problem || error instanceof PassedOnProblem) && error.status < 500;
}
