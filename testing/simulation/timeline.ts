/**
 * Simulated time. Whatever is to happen is an event at a moment; the next one fires only when everything the last one set off
 * has come to rest, so a run is a function of the events alone: no real timer, no real chance, no real waiting.
 *
 * It relies on one documented order of Node: callbacks of `process.nextTick` that were queued by a microtask run when no
 * microtask is left. Code under simulation may therefore use promises, and nothing else that is asynchronous.
 */
export type SimulatedTimer = { isCancelled: boolean };

type Event = SimulatedTimer & {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
  /** Touches no promise, so there is nothing to wait for after it. */
  readonly isQuiet: boolean;
};

export class Timeline {
  /** Milliseconds since the epoch, with fractions. */
  #nowMs: number;
  #order = 0;
  readonly #heap: Event[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Lets this happen so many milliseconds from now; of two events at the same moment the one planned first comes first. */
  after(delayMs: number, fire: () => void): SimulatedTimer {
    return this.#plan(delayMs, fire, false);
  }

  /** The same for what touches no promise: what happens inside brokers. It saves a turn of the microtask queue. */
  afterQuietly(delayMs: number, fire: () => void): SimulatedTimer {
    return this.#plan(delayMs, fire, true);
  }

  /** Fires events until this is true after one of them, or until none is left. Fails with what an event throws. */
  async run(isOver: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const rest = Promise.resolve();
      const step = (): void => {
        try {
          let fired: Event | undefined;
          do fired = isOver() ? undefined : this.#fireNext();
          while (fired?.isQuiet);
          if (fired === undefined) resolve();
          else void rest.then(atRest);
        } catch (error) {
          reject(error);
        }
      };
      const atRest = (): void => process.nextTick(step);
      void rest.then(atRest);
    });
  }

  /** Fires events until the promise has settled, and settles like it. */
  async settle<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const note = (): void => {
      isSettled = true;
    };
    promise.then(note, note);
    await this.run(() => isSettled);
    return promise;
  }

  #plan(delayMs: number, fire: () => void, isQuiet: boolean): SimulatedTimer {
    const event = { atMs: this.#nowMs + delayMs, order: this.#order, fire, isQuiet, isCancelled: false };
    this.#order += 1;
    this.#push(event);
    return event;
  }

  #fireNext(): Event | undefined {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.isCancelled) continue;
      this.#nowMs = event.atMs;
      event.fire();
      return event;
    }
    return undefined;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as Event;
      if (isBefore(other, event)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      const smaller = heap[child] as Event;
      if (isBefore(last, smaller)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
