/**
 * What processes use, seen from outside through proc(5), so that every contender is measured by the same yardstick: CPU time,
 * resident memory, and how much of the machine went to anybody else. Linux only.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Clock ticks of /proc per second: 100 on every Linux that matters (USER_HZ). */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** CPU seconds of the process and all its threads so far. Throws when it is gone. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export type Memory = { readonly residentMb: number; readonly peakMb: number };

/** Resident memory now and at its highest, MiB. Throws when the process is gone. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string): number =>
    Math.round((Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * KIB) / 2 ** 20);
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}

/** CPU seconds that the machine was busy, or that were taken from it (steal), since it started. */
function busySeconds(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Others may take this share of the machine before a figure is flagged as noisy. */
export const NOISE_MAX = 0.3;

/** The CPU time of some processes together. One that has ended counts with what was seen of it last. */
export class CpuClock {
  readonly #seconds: Map<number, number>;

  constructor(pids: readonly number[]) {
    this.#seconds = new Map(pids.map((pid) => [pid, 0]));
  }

  /** Of all of them since they were started. */
  seconds(): number {
    for (const pid of this.#seconds.keys())
      if (existsSync(`/proc/${pid}/stat`)) this.#seconds.set(pid, cpuSecondsOf(pid));
    return this.#seconds.values().reduce((sum, each) => sum + each, 0);
  }
}

/** How much of the machine others took while something was measured; the processes that are meant to work are named. */
export class NoiseWatch {
  readonly #own: CpuClock;
  readonly #startedMs = performance.now();
  readonly #busyAtStart = busySeconds();
  readonly #ownAtStart: number;

  constructor(pids: readonly number[]) {
    this.#own = new CpuClock(pids);
    this.#ownAtStart = this.#own.seconds();
  }

  /** The share of all cores that went to others since this watch was made, 0 to 1. */
  othersShare(): number {
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    const others = busySeconds() - this.#busyAtStart - (this.#own.seconds() - this.#ownAtStart);
    return Math.min(1, Math.max(0, others / (seconds * cpus().length)));
  }
}
