/**
 * What became of submissions without an effect on balances: refusals by their code, and duplicates, which leave no output at all. Counted
 * while a transaction is open, told once it is committed, forgotten if it is not.
 */
import type { RejectionCode } from '@fluxo/domain';

/** Told after each commit in which there was something to tell. Every method must be quick and never throw. */
export interface JudgedObserver {
  rejected(code: RejectionCode, count: number): void;
  duplicated(count: number): void;
}

export class Judged {
  readonly #observer: JudgedObserver | undefined;
  readonly #rejections = new Map<RejectionCode, number>();
  #duplicates = 0;

  constructor(observer?: JudgedObserver) {
    this.#observer = observer;
  }

  rejected(code: RejectionCode): void {
    this.#rejections.set(code, (this.#rejections.get(code) ?? 0) + 1);
  }

  duplicated(): void {
    this.#duplicates += 1;
  }

  commit(): void {
    for (const [code, count] of this.#rejections) this.#observer?.rejected(code, count);
    if (this.#duplicates > 0) this.#observer?.duplicated(this.#duplicates);
    this.rollback();
  }

  rollback(): void {
    if (this.#rejections.size > 0) this.#rejections.clear();
    this.#duplicates = 0;
  }
}
