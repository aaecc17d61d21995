/**
 * What TLS, users and rights cost the processor: the same entries over a plain broker and over a secured one, a stack of its own for every
 * run, in turns. Run by `npm run bench -- tls`.
 */
import { runPipeline } from './pipeline/one-run.ts';
import type { Throughput } from './pipeline/throughput.ts';
import { round, spreadOf } from './statistics.ts';
import { standardWorkload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 300_000);
const RUNS = Number(process.env['BENCH_RUNS'] ?? 3);

const workload = standardWorkload(ENTRIES, Date.now());
const runs: Record<'plain' | 'tls', Throughput[]> = { plain: [], tls: [] };

for (let run = 1; run <= RUNS; run++)
  for (const name of run % 2 === 0 ? (['tls', 'plain'] as const) : (['plain', 'tls'] as const)) {
    console.error(`Round ${run} of ${RUNS}: ${name}`);
    runs[name].push(
      await runPipeline(workload, { partitions: 12, processes: 1, threads: 1, secured: name === 'tls' }),
    );
  }
for (const figure of ['warmEntriesPerSecond', 'warmCpuMicrosPerEntry', 'brokerCpuMicrosPerEntry'] as const) {
  const [plain, tls] = [medianOf('plain', figure), medianOf('tls', figure)];
  const othersShare = Math.max(...[...runs.plain, ...runs.tls].map((each) => each.othersShare));
  console.log(
    JSON.stringify({ figure, plain, tls, ratio: round(tls / plain), othersShare: round(othersShare) }),
  );
}

function medianOf(name: keyof typeof runs, figure: keyof Throughput): number {
  return round(spreadOf(runs[name].map((each) => each[figure])).median);
}
