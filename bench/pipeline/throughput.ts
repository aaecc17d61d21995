/**
 * How fast a subject works off what is there, and what that costs: from its first commit to its last, so without its
 * start. The second half is given as well, because a JVM takes longer than Node to become fast.
 */
import { cpuSecondsOf, memoryOf, NoiseWatch } from '../process-usage.ts';
import type { Measured } from './measured.ts';
import { type Scene, sum } from './scene.ts';

type Moment = {
  readonly atMs: number;
  readonly entries: number;
  readonly cpu: number;
  readonly brokerCpu: number;
};

export type Throughput = {
  readonly entriesPerSecond: number;
  readonly warmEntriesPerSecond: number;
  readonly cpuMicrosPerEntry: number;
  readonly warmCpuMicrosPerEntry: number;
  readonly brokerCpuMicrosPerEntry: number;
  readonly residentMb: number;
  readonly othersShare: number;
};

const FIRST_LOOK_MS = 5;
const LOOK_MS = 20;

/** Starts the subject and lets it work off its input; leaves it running. */
export async function measureThroughput(scene: Scene, subject: Measured): Promise<Throughput> {
  const total = sum(await scene.ends(subject.inputTopic));
  await subject.start();
  const first = await momentWhen(1, FIRST_LOOK_MS);
  const noise = new NoiseWatch(scene.pidsFor(subject));
  const middle = await momentWhen((first.entries + total) / 2, LOOK_MS);
  const last = await momentWhen(total, LOOK_MS);
  const othersShare = noise.othersShare();
  await subject.ready();
  return {
    entriesPerSecond: rate(first, last),
    warmEntriesPerSecond: rate(middle, last),
    cpuMicrosPerEntry: cost(first, last, 'cpu'),
    warmCpuMicrosPerEntry: cost(middle, last, 'cpu'),
    brokerCpuMicrosPerEntry: cost(first, last, 'brokerCpu'),
    residentMb: sum(subject.pids().map((pid) => memoryOf(pid).residentMb)),
    othersShare,
  };

  async function momentWhen(entries: number, everyMs: number): Promise<Moment> {
    const committed = await scene.until(subject, everyMs, (offsets) => sum(offsets) >= entries);
    const broker = scene.stack.pidOf('kafka');
    return {
      atMs: performance.now(),
      entries: sum(committed),
      cpu: sum(subject.pids().map(cpuSecondsOf)),
      brokerCpu: broker === null ? 0 : cpuSecondsOf(broker),
    };
  }
}

function rate(from: Moment, to: Moment): number {
  return (to.entries - from.entries) / ((to.atMs - from.atMs) / 1_000);
}

function cost(from: Moment, to: Moment, whose: 'cpu' | 'brokerCpu'): number {
  return ((to[whose] - from[whose]) * 1e6) / (to.entries - from.entries);
}
