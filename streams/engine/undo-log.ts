/**
 * The overlay of the open transaction, kept as an undo log: state is changed in place, and every change leaves its inverse
 * here. A commit forgets the inverses, an abort runs them backwards, so that it drops exactly what the open transaction did
 * and no partition has to be restored because of it (reliability.md section 2, rule 2). It costs one push per change and no
 * copy of anything that did not change.
 */
export class UndoLog {
  readonly #inverses: (() => void)[] = [];

  /** Remembers how to take back the change just made. */
  record(inverse: () => void): void {
    this.#inverses.push(inverse);
  }

  commit(): void {
    this.#inverses.length = 0;
  }

  rollback(): void {
    for (let inverse = this.#inverses.pop(); inverse !== undefined; inverse = this.#inverses.pop()) inverse();
  }
}
