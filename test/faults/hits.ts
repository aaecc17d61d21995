/**
 * How often each fault really hit, and how long things took to recover. A row whose fault did not hit has proved nothing, so it
 * fails. What was counted and measured is printed at the end of the run (`tools/fault-reporter.js`).
 */
import { appendFileSync } from 'node:fs';

export class Hits {
  readonly #row: number;
  readonly #counts: Map<string, number>;
  readonly #measured = new Map<string, number[]>();

  /** `faults` are those that must hit at least once. */
  constructor(row: number, faults: readonly string[]) {
    this.#row = row;
    this.#counts = new Map(faults.map((fault) => [fault, 0]));
  }

  count(fault: string, times = 1): void {
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + times);
  }

  /** Notes a duration, for people: it is printed and never judged, because it depends on the machine. */
  measure(what: string, seconds: number): void {
    this.#measured.set(what, [...(this.#measured.get(what) ?? []), seconds]);
  }

  /** Reports, and throws if a fault has not hit. */
  demandAll(): void {
    const counts = Object.fromEntries(this.#counts);
    const measured = Object.fromEntries(this.#measured);
    const report = process.env['FLUXO_FAULT_REPORT'];
    if (report !== undefined)
      appendFileSync(report, `${JSON.stringify({ row: this.#row, counts, measured })}\n`);
    const missed = [...this.#counts].filter(([, times]) => times === 0).map(([fault]) => fault);
    if (missed.length > 0)
      throw new Error(`these faults never hit, so nothing was tested: ${missed.join(', ')}`);
  }
}
