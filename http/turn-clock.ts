/**
 * How long requests wait for the event loop. Between two looks at its sockets the loop answers everybody whom it found waiting, one after the
 * other: that is a turn. Node shows no queue of requests, because they wait in the sockets' buffers; but whoever is answered late in a turn
 * has waited since it began, so the clock of the turn is the length of that queue, exact at each request and free of samples. The rule is
 * CoDel's (RFC 8289): waiting is too long where it has not been short for a while, so a single stall refuses nobody.
 */

/** Longer than callers of a page or a till like to wait, and several times what a large collection of garbage takes. */
export const TURN_MAX_MS = 250;
/** Turns have to be too long for so long without a break. */
const TOLERATED_MS = 1_000;

export type TurnTiming = {
  readonly nowMs: () => number;
  /** Runs this once the loop has served everybody it found. */
  readonly afterTurn: (end: () => void) => void;
};

const ofThisProcess: TurnTiming = {
  nowMs: () => performance.now(),
  afterTurn: (end) => void setImmediate(end),
};

export class TurnClock {
  readonly #timing: TurnTiming;
  #isInTurn = false;
  #beganMs = 0;
  #endedMs = Number.NEGATIVE_INFINITY;
  /** When the first of the turns began that have been too long without a break. */
  #longSinceMs = Number.POSITIVE_INFINITY;

  constructor(timing: TurnTiming = ofThisProcess) {
    this.#timing = timing;
  }

  /** To be asked once for each request, as it comes up: whether it has waited too long, as others have for a while. */
  isLate(): boolean {
    const nowMs = this.#timing.nowMs();
    if (!this.#isInTurn) this.#begin(nowMs);
    return nowMs - this.#beganMs > TURN_MAX_MS && nowMs - this.#longSinceMs > TOLERATED_MS;
  }

  #begin(nowMs: number): void {
    const wasIdle = nowMs - this.#endedMs > TURN_MAX_MS;
    if (wasIdle || this.#longSinceMs === Number.POSITIVE_INFINITY) this.#longSinceMs = nowMs;
    this.#isInTurn = true;
    this.#beganMs = nowMs;
    this.#timing.afterTurn(() => this.#end());
  }

  #end(): void {
    this.#isInTurn = false;
    this.#endedMs = this.#timing.nowMs();
    if (this.#endedMs - this.#beganMs <= TURN_MAX_MS) this.#longSinceMs = Number.POSITIVE_INFINITY;
  }
}
