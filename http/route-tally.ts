/**
 * What one route has answered, in plain numbers (why: telemetry/tallied-counter.ts). In prom-client the three numbers of an answer took some 2 µs,
 * where a balance from memory takes 16.
 */
const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** What Prometheus asks for, of a histogram: `le` is the bucket's upper bound in seconds. */
export type Bucket = { readonly le: number | '+Inf'; readonly count: number };

export class RouteTally {
  readonly method: string;
  readonly route: string;
  readonly #statuses = new Map<number, number>();
  /** How many took at most the bound of the same place, and more than that of the place before; the last one has no bound. */
  readonly #counts = Array.from({ length: BUCKETS_S.length + 1 }, () => 0);
  #seconds = 0;

  constructor(method: string, route: string) {
    this.method = method;
    this.route = route;
  }

  count(status: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }

  time(seconds: number): void {
    let at = 0;
    while (seconds > (BUCKETS_S[at] ?? Number.POSITIVE_INFINITY)) at += 1;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#seconds += seconds;
  }

  /** Answers by status. */
  get statuses(): ReadonlyMap<number, number> {
    return this.#statuses;
  }

  /** Of all that were timed together. */
  get seconds(): number {
    return this.#seconds;
  }

  /** As Prometheus wants them: each with what is in those before it. The last one holds all that were timed. */
  get buckets(): readonly Bucket[] {
    let count = 0;
    return this.#counts.map((inThis, at) => {
      count += inThis;
      return { le: BUCKETS_S[at] ?? '+Inf', count };
    });
  }
}

/** The tallies of an API, each found by two look-ups of strings that are there already. */
export class RouteTallies {
  readonly #byMethod = new Map<string, Map<string, RouteTally>>();

  of(method: string, route: string): RouteTally {
    const byRoute = this.#byMethod.get(method) ?? new Map<string, RouteTally>();
    if (byRoute.size === 0) this.#byMethod.set(method, byRoute);
    const known = byRoute.get(route);
    if (known !== undefined) return known;
    const tally = new RouteTally(method, route);
    byRoute.set(route, tally);
    return tally;
  }

  all(): readonly RouteTally[] {
    return [...this.#byMethod.values()].flatMap((byRoute) => [...byRoute.values()]);
  }
}
