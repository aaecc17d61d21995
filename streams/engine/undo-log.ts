/**
 * The overlay of the open transaction, kept as an undo log: state is changed in place, and what is needed to change it back
 * stands here. A commit forgets it, an abort takes the steps back, the last one first, so that it drops exactly what the open
 * transaction did and no partition has to be restored because of it (reliability.md section 2, rule 2). A step is plain data and
 * as small as its owner can make it: there is one for every change, and all of them live until the commit.
 */
export class UndoLog<Step> {
  readonly #steps: Step[] = [];

  /** Remembers a change just made. */
  record(step: Step): void {
    this.#steps.push(step);
  }

  commit(): void {
    this.#steps.length = 0;
  }

  /** Takes every step back. */
  rollback(takeBack: (step: Step) => void): void {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) takeBack(step);
  }
}
