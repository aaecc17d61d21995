/**
 * The fold alone, on one core: decode, checks, ledger and documents encoded and sealed; no Kafka. Run by `npm run bench -- fold`.
 * Prints one JSON line: entries per second and CPU microseconds per entry, for every run after the first (which warms up).
 */
import { openLocalCodecs } from '@fluxo/kafka';
import { costOf, logOf, MemoryFold } from './memory-fold.ts';
import { standardWorkload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 500_000);
const RUNS = Number(process.env['BENCH_RUNS'] ?? 3);
const PARTITIONS = 12;
const END_MS = Date.UTC(2026, 9, 1, 15);

const codecs = await openLocalCodecs();
const inputs = logOf(codecs, standardWorkload(ENTRIES, END_MS), PARTITIONS);
for (let run = 0; run <= RUNS; run++) {
  const fold = new MemoryFold(codecs, PARTITIONS);
  const cost = await costOf(inputs.length, () => fold.run(inputs));
  const line = {
    bench: 'fold',
    run: run === 0 ? 'warm-up' : run,
    ...cost,
    outputs: fold.counts,
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
  console.log(JSON.stringify(line));
}
