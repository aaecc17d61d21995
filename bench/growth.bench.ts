/**
 * How the cost of an entry grows, one axis at a time: merchants, days of history, one merchant that is half of all traffic, a
 * late entry that moves a year (the fold alone, where Kafka adds nothing), partitions, threads and processes (the whole pipeline). Every
 * other size stays as it is in `standardWorkload`. Run by `npm run bench -- growth`; `--fold` or `--pipeline` does one half.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openLocalCodecs, type TopicCodecs } from '@fluxo/kafka';
import { costOfCascade } from './long-cascade.ts';
import { type Cost, costOf, logOf, MemoryFold } from './memory-fold.ts';
import { type RunSize, runPipeline } from './pipeline/one-run.ts';
import { NOISE_MAX, NoiseWatch } from './process-usage.ts';
import { round, type Spread, spreadOf } from './statistics.ts';
import { standardWorkload, type Workload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 200_000);
const RUNS = Number(process.env['BENCH_RUNS'] ?? 3);
const PARTITIONS = 12;
const END_MS = Date.now();
const CASCADES = [
  { days: 30, accounts: 3 },
  { days: 365, accounts: 3 },
  { days: 365, accounts: 64 },
] as const;
const PIPELINES: readonly (RunSize & { readonly axis: Exclude<keyof RunSize, 'secured'> })[] = [
  { axis: 'partitions', partitions: 1, processes: 1, threads: 1 },
  { axis: 'partitions', partitions: 4, processes: 1, threads: 1 },
  { axis: 'partitions', partitions: 12, processes: 1, threads: 1 },
  { axis: 'threads', partitions: 12, processes: 1, threads: 2 },
  { axis: 'processes', partitions: 12, processes: 2, threads: 1 },
];

const axes: Readonly<Record<string, readonly (Partial<Workload> & { readonly at: number })[]>> = {
  merchants: [1_000, 10_000, 100_000].map((merchants) => ({ at: merchants, merchants })),
  daysOfHistory: [1, 30, 365].map((days) => ({ at: days, days })),
  shareOfOneMerchant: [0, 0.5].map((hotShare) => ({ at: hotShare, hotShare })),
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const half = ['--fold', '--pipeline'].find((option) => process.argv.includes(option));
if (half !== '--pipeline') await growthOfFold();
if (half !== '--fold') await growthOfPipeline();

async function growthOfFold(): Promise<void> {
  const codecs = await openLocalCodecs();
  await runOfFold(codecs, standardWorkload(Math.min(ENTRIES, 100_000), END_MS)); // warms up
  for (const [axis, points] of Object.entries(axes))
    for (const { at, ...change } of points) {
      const workload = { ...standardWorkload(ENTRIES, END_MS), ...change };
      const noise = new NoiseWatch([process.pid]);
      const runs: (Cost & { readonly stateMb: number })[] = [];
      for (let run = 0; run < RUNS; run++) runs.push(await runOfFold(codecs, workload));
      const stateMb = spreadOf(runs.map((run) => run.stateMb)).median;
      print(axis, at, { ...spreadsOf(runs), stateMb, ...shown(noise.othersShare()) });
    }
  for (const size of CASCADES) {
    await costOfCascade(codecs, size, END_MS); // warms up
    const noise = new NoiseWatch([process.pid]);
    const { cpuMsPerLateEntry, ...rest } = await costOfCascade(codecs, size, END_MS);
    print('lateEntry', size.days, {
      accounts: size.accounts,
      cpuMsPerLateEntry: round(cpuMsPerLateEntry),
      ...rest,
      ...shown(noise.othersShare()),
    });
  }
}

/** The merchants are made known first, which is not counted; memory is that of the state afterwards. */
async function runOfFold(
  codecs: TopicCodecs,
  workload: Workload,
): Promise<Cost & { readonly stateMb: number }> {
  const inputs = logOf(codecs, workload, PARTITIONS);
  const before = usedMb();
  const fold = new MemoryFold(codecs, PARTITIONS);
  await fold.run(inputs.slice(0, workload.merchants));
  const cost = await costOf(workload.entries, () => fold.run(inputs.slice(workload.merchants)));
  const stateMb = Math.round(usedMb() - before);
  if (fold.documents === 0) throw new Error('the fold has published nothing, so nothing was measured');
  return { ...cost, stateMb };
}

async function growthOfPipeline(): Promise<void> {
  for (const { axis, ...size } of PIPELINES) {
    console.error(
      `The pipeline: ${Object.entries(size)
        .map(([what, count]) => `${count} ${what}`)
        .join(', ')}`,
    );
    const run = await runPipeline(standardWorkload(ENTRIES, END_MS), size);
    const { othersShare, ...measured } = run;
    const figures = Object.fromEntries(Object.entries(measured).map(([name, value]) => [name, round(value)]));
    print(axis, size[axis], { ...size, ...figures, ...shown(othersShare) });
  }
}

function spreadsOf(runs: readonly Cost[]): Readonly<Record<keyof Cost, Spread>> {
  return {
    entriesPerSecond: spreadOf(runs.map(({ entriesPerSecond }) => entriesPerSecond)),
    cpuMicrosPerEntry: spreadOf(runs.map(({ cpuMicrosPerEntry }) => cpuMicrosPerEntry)),
  };
}

/** How much of the machine others took meanwhile. */
function shown(othersShare: number): { readonly othersShare: number; readonly isNoisy: boolean } {
  return { othersShare: round(othersShare), isNoisy: othersShare > NOISE_MAX };
}

/** Twice: what the first one finds dead may hold buffers that only the second one finds. MiB. */
function usedMb(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function print(axis: string, at: number, figures: object): void {
  console.log(JSON.stringify({ bench: 'growth', axis, at, entries: ENTRIES, ...figures }));
}
