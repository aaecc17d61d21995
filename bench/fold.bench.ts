/**
 * The fold alone, on one core: decode, checks, ledger and documents encoded and sealed; no Kafka. Run by `npm run bench -- fold`.
 * Prints one JSON line: entries per second and CPU microseconds per entry, for every run after the first (which warms up).
 */
import { LocalRegistry, registerSchemas, TopicCodec } from '@fluxo/kafka';
import { allTopics, partitionOf, topics } from '@fluxo/schemas';
import { dailyBalanceTopology, type FoldInput } from '@fluxo/streams';
import { Outbox } from '../streams/engine/outbox.ts';
import { Task } from '../streams/engine/task.ts';
import { configurationOf, entryAt, MERCHANTS, merchantIdOf, type Workload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 500_000);
const RUNS = Number(process.env['BENCH_RUNS'] ?? 3);
const BATCH = 5_000;
const PARTITIONS = 12;
const END_MS = Date.UTC(2026, 9, 1, 15);

const registry = new LocalRegistry();
await registerSchemas(registry, allTopics);
const codecs = {
  submissions: await TopicCodec.open(registry, topics.submissions),
  ledger: await TopicCodec.open(registry, topics.ledger),
  dailyBalances: await TopicCodec.open(registry, topics.dailyBalances),
  merchants: await TopicCodec.open(registry, topics.merchants),
  rejections: await TopicCodec.open(registry, topics.rejections),
};

function preload(workload: Workload): FoldInput[] {
  const ends = Array.from({ length: PARTITIONS }, () => 0);
  const inputs: FoldInput[] = [];
  const keys = Array.from({ length: MERCHANTS }, (_, index) => Buffer.from(merchantIdOf(index)));
  const append = (key: Buffer, value: Buffer): void => {
    const partition = partitionOf(key, PARTITIONS);
    const offset = ends[partition] as number;
    ends[partition] = offset + 1;
    inputs.push({ partition, record: { offset, timestampMs: workload.endMs + inputs.length, key, value } });
  };
  for (const [index, key] of keys.entries())
    append(key, codecs.submissions.encode('MerchantConfigured', configurationOf(index, workload.endMs)));
  for (let position = 0; position < workload.entries; position++) {
    const entry = entryAt(position, workload);
    append(Buffer.from(entry.merchantId), codecs.submissions.encode('EntrySubmitted', entry));
  }
  return inputs;
}

/** The processor's way through a log, without a cluster: batches go to their tasks, a transaction is flushed and forgotten. */
class Fold {
  readonly #topology = dailyBalanceTopology({
    codecs,
    partitions: PARTITIONS,
  });
  readonly #tasks = Array.from(
    { length: PARTITIONS },
    (_, partition) =>
      new Task(this.#topology, { partition, position: 0, state: this.#topology.createState(partition) }),
  );
  readonly counts: Record<string, number> = {};

  async transaction(inputs: readonly FoldInput[]): Promise<void> {
    const outbox = new Outbox();
    for (const task of this.#tasks) {
      const records = inputs
        .filter(({ partition }) => partition === task.partition)
        .map(({ record }) => record);
      const last = records.at(-1);
      if (last === undefined) continue;
      task.enqueue({ partition: task.partition, records, nextOffset: last.offset + 1 });
      await task.prepare();
      const out = outbox.into(task.partition);
      while (task.ready !== undefined) task.processNext(out);
      task.flush(out);
      task.commit();
    }
    for (const { topic } of outbox.records) this.counts[topic] = (this.counts[topic] ?? 0) + 1;
  }
}

const inputs = preload({ entries: ENTRIES, endMs: END_MS });
for (let run = 0; run <= RUNS; run++) {
  const fold = new Fold();
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let at = 0; at < inputs.length; at += BATCH) await fold.transaction(inputs.slice(at, at + BATCH));
  const seconds = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  const line = {
    bench: 'fold',
    run: run === 0 ? 'warm-up' : run,
    entriesPerSecond: Math.round(inputs.length / seconds),
    cpuMicrosPerEntry: Number(((used.user + used.system) / inputs.length).toFixed(2)),
    outputs: fold.counts,
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
  console.log(JSON.stringify(line));
}
