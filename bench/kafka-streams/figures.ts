/**
 * From what single runs gave to the figures that are printed: for each kind of figure and each rival one line of JSON with both
 * spreads and the ratio of the medians, ours to theirs. A figure of a noisy machine says so.
 */
import { NOISE_MAX } from '../process-usage.ts';
import { round, spreadOf } from '../statistics.ts';

/** What a figure is called, and which way is better. */
export const figures = {
  entriesPerSecond: 'higher',
  warmEntriesPerSecond: 'higher',
  cpuMicrosPerEntry: 'lower',
  warmCpuMicrosPerEntry: 'lower',
  brokerCpuMicrosPerEntry: 'lower',
  residentMb: 'lower',
  p50MsAt1000: 'lower',
  p99MsAt1000: 'lower',
  p50MsAt5000: 'lower',
  p99MsAt5000: 'lower',
  killToProgressMs: 'lower',
  assignedToReadyMs: 'lower',
  restoredResidentMb: 'lower',
} as const;

export type Figure = keyof typeof figures;

type Sample = { readonly value: number; readonly othersShare: number };

export class FigureBook {
  readonly #samples = new Map<string, Sample[]>();

  add(contender: string, figure: Figure, value: number, othersShare: number): void {
    const key = `${contender}\n${figure}`;
    const samples = this.#samples.get(key) ?? [];
    samples.push({ value: round(value), othersShare });
    this.#samples.set(key, samples);
  }

  /** The line of a figure, ours against this rival's; null if one of them was not measured. */
  line(figure: Figure, ours: string, rival: string, conditions: object): object | null {
    const [left, right] = [ours, rival].map((name) => this.#samples.get(`${name}\n${figure}`) ?? []);
    if (left === undefined || right === undefined || left.length === 0 || right.length === 0) return null;
    const [mine, theirs] = [left, right].map((samples) => spreadOf(samples.map(({ value }) => value)));
    const othersShareMax = Math.max(...[...left, ...right].map(({ othersShare }) => othersShare));
    return {
      bench: 'kafka-streams',
      figure,
      better: figures[figure],
      subject: ours,
      rival,
      ours: mine,
      theirs,
      ratio: round((mine?.median ?? Number.NaN) / (theirs?.median ?? Number.NaN)),
      runs: Math.min(left.length, right.length),
      othersShareMax: round(othersShareMax),
      isNoisy: othersShareMax > NOISE_MAX,
      ...conditions,
    };
  }
}
