/**
 * Records that kill whoever processes them: a bug that throws, memory that runs out, a crash below JavaScript. The process is gone
 * and cannot say where it was, so before a partition is processed for the first time after it was taken over, a note goes to its
 * committed offset: how many lives have begun here. Once what was to be processed is processed the note is taken back, before the
 * commit: who is killed from outside leaves none, but for the milliseconds in between. The next life finds the note of a life
 * that did not get that far and puts the partition on trial: alone in its transaction, so that no other is blamed or held up.
 *
 * Every take-over begins with one record and doubles from commit to commit, so that each life comes at least half the way closer to
 * such a record, until it is the very next one. Five deaths there, and the partition stands still with an alert; the others go on.
 */

/**
 * So many lives may end at one offset; the next one does not touch it. A kill from outside in the milliseconds that a note stands looks the
 * same as a deadly record, so the number is one that chance does not reach: three in a row the simulation found, in one schedule of ten thousand.
 */
export const DEATHS_MAX = 5;

/** More than any transaction holds. */
const RECORDS_MAX = 2 ** 30;

const NOTE = /^lives (\d{1,9})$/;

export class Trial {
  /** Lives before this one that began at the committed offset and committed nothing from there. */
  readonly deaths: number;
  /** What this life has written there. */
  #own: string | null = null;
  #recordsMax = 1;

  /** `note` is what stands at the committed offset: empty if nothing does. */
  constructor(note: string) {
    this.deaths = Number(NOTE.exec(note)?.[1] ?? 0);
  }

  /** How many records of the partition the next transaction may hold. */
  get recordsMax(): number {
    return this.#recordsMax;
  }

  /** True once something was committed in this life. */
  get isOver(): boolean {
    return this.#recordsMax > 1;
  }

  get isSuspect(): boolean {
    return !this.isOver && this.deaths > 0;
  }

  get isLost(): boolean {
    return !this.isOver && this.deaths >= DEATHS_MAX;
  }

  /** What must stand at the committed offset before anything is processed; null if it does, or need not. */
  get missingNote(): string | null {
    return this.isOver || this.#own !== null ? null : `lives ${this.deaths + 1}`;
  }

  /** What is to stand there again when this life ends in good order without a commit; null if it has left nothing. */
  get formerNote(): string | null {
    if (this.isOver || this.#own === null) return null;
    return this.deaths === 0 ? '' : `lives ${this.deaths}`;
  }

  /** The missing note stands there now. */
  noted(): void {
    this.#own = this.missingNote;
  }

  /** What stood there before stands there again. */
  takenBack(): void {
    this.#own = null;
  }

  /** Whether this note is this life's own: it went through a failed transaction, but it did not die of it. */
  wrote(note: string): boolean {
    return this.#own !== null && this.#own === note && !this.isOver;
  }

  committed(): void {
    this.#recordsMax = Math.min(RECORDS_MAX, 2 * this.#recordsMax);
  }
}
