/**
 * The course of the comparison: every contender is taken through the same life, in turns, round after round: a fresh start on the
 * preloaded input, entries at steady rates, kill -9 in the middle of work, a restart with nothing but the cluster to
 * restore from. What is measured goes into the book.
 */
import type { EntrySubmitted } from '@fluxo/schemas';
import { type Latency, measureLatency } from '../pipeline/latency.ts';
import { measureRecovery, measureRestore } from '../pipeline/recovery.ts';
import type { Scene } from '../pipeline/scene.ts';
import { measureThroughput } from '../pipeline/throughput.ts';
import type { Contender } from './contender.ts';
import type { Figure, FigureBook } from './figures.ts';

export const RATES = [1_000, 5_000] as const;
/** Entries before and after a kill. */
const KILL_ENTRIES = 10_000;

export type Pace = { readonly warmUpMs: number; readonly measuredMs: number };

export type ComparisonOptions = {
  readonly scene: Scene;
  readonly book: FigureBook;
  readonly pace: Pace;
  /** An entry nobody has sent yet, as if it happened now. */
  readonly freshEntry: (nowMs: number) => EntrySubmitted;
};

export class Comparison {
  readonly #options: ComparisonOptions;

  constructor(options: ComparisonOptions) {
    this.#options = options;
  }

  /** One life; the contender does not run afterwards. */
  async live(contender: Contender): Promise<void> {
    await contender.forget();
    await this.#throughput(contender);
    for (const rate of RATES) await this.#latency(contender, rate);
    await this.#recovery(contender);
    await this.#restore(contender);
    await contender.stop();
  }

  /** Whether the contender sees everything through at the highest rate, without delays of a second. */
  async canSustain(contender: Contender, pace: Pace): Promise<boolean> {
    await contender.forget();
    await contender.start();
    await contender.ready();
    const { missing, p99Ms } = await this.#measure(contender, Math.max(...RATES), pace);
    await contender.stop();
    return missing === 0 && p99Ms < 1_000;
  }

  async #throughput(contender: Contender): Promise<void> {
    const { scene } = this.#options;
    const { othersShare, ...measured } = await measureThroughput(scene, contender);
    for (const [figure, value] of Object.entries(measured))
      this.#note(contender, figure as keyof typeof measured, value, othersShare);
  }

  async #latency(contender: Contender, rate: (typeof RATES)[number]): Promise<void> {
    const { p50Ms, p99Ms, othersShare } = await this.#measure(contender, rate, this.#options.pace);
    this.#note(contender, `p50MsAt${rate}`, p50Ms, othersShare);
    this.#note(contender, `p99MsAt${rate}`, p99Ms, othersShare);
  }

  #measure(contender: Contender, rate: number, pace: Pace): Promise<Latency> {
    const { scene, freshEntry } = this.#options;
    return measureLatency(scene, contender, { rate, ...pace, entryAt: (_, nowMs) => freshEntry(nowMs) });
  }

  async #recovery(contender: Contender): Promise<void> {
    const { scene, freshEntry } = this.#options;
    const some = (): EntrySubmitted[] => Array.from({ length: KILL_ENTRIES }, () => freshEntry(Date.now()));
    const entries = { before: some(), after: some() };
    const { killToProgressMs, othersShare } = await measureRecovery(scene, contender, entries);
    this.#note(contender, 'killToProgressMs', killToProgressMs, othersShare);
  }

  async #restore(contender: Contender): Promise<void> {
    const { assignedToReadyMs, residentMb, othersShare } = await measureRestore(
      this.#options.scene,
      contender,
    );
    this.#note(contender, 'assignedToReadyMs', assignedToReadyMs, othersShare);
    this.#note(contender, 'restoredResidentMb', residentMb, othersShare);
  }

  #note(contender: Contender, figure: Figure, value: number, othersShare: number): void {
    this.#options.book.add(contender.name, figure, value, othersShare);
    const noise = `others took ${Math.round(othersShare * 100)} % of the machine`;
    console.error(`${contender.name}: ${figure} ${Math.round(value * 100) / 100} (${noise})`);
  }
}
