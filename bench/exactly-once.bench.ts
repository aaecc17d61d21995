/**
 * What exactly-once costs: the processor as it is, beside the same processor whose outputs are appended without transactions and
 * whose positions are committed after them. The same entries, a stack of its own for every run, in turns. Run by
 * `npm run bench -- exactly-once`.
 */
import { AtLeastOnceProcess } from './at-least-once/process.ts';
import { runPipeline } from './pipeline/one-run.ts';
import { type OurOptions, OurProcesses } from './pipeline/our-processes.ts';
import type { Throughput } from './pipeline/throughput.ts';
import { round, spreadOf } from './statistics.ts';
import { standardWorkload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 300_000);
const RUNS = Number(process.env['BENCH_RUNS'] ?? 3);
const SIZE = { partitions: 12, processes: 1, threads: 1 };

const workload = standardWorkload(ENTRIES, Date.now());
const contenders = {
  exactlyOnce: (options: OurOptions) => new OurProcesses(options),
  atLeastOnce: (options: OurOptions) => new AtLeastOnceProcess(options),
};
const runs: Record<keyof typeof contenders, Throughput[]> = { exactlyOnce: [], atLeastOnce: [] };

for (let run = 1; run <= RUNS; run++)
  for (const name of inTurn(run)) {
    console.error(`Round ${run} of ${RUNS}: ${name}`);
    runs[name].push(await runPipeline(workload, SIZE, contenders[name]));
  }
for (const figure of ['warmEntriesPerSecond', 'warmCpuMicrosPerEntry', 'brokerCpuMicrosPerEntry'] as const) {
  const [exactlyOnce, atLeastOnce] = [medianOf('exactlyOnce', figure), medianOf('atLeastOnce', figure)];
  const othersShare = Math.max(...[...runs.exactlyOnce, ...runs.atLeastOnce].map((each) => each.othersShare));
  const ratio = round(exactlyOnce / atLeastOnce);
  console.log(JSON.stringify({ figure, exactlyOnce, atLeastOnce, ratio, othersShare: round(othersShare) }));
}

function inTurn(run: number): (keyof typeof contenders)[] {
  return run % 2 === 0 ? ['atLeastOnce', 'exactlyOnce'] : ['exactlyOnce', 'atLeastOnce'];
}

function medianOf(name: keyof typeof contenders, figure: keyof Throughput): number {
  return round(spreadOf(runs[name].map((each) => each[figure])).median);
}
