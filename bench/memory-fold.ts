/**
 * The fold without Kafka, for benchmarks: a workload encoded as the log would hold it, and the processor's way through a log in
 * transactions that are flushed and forgotten.
 */
import type { TopicCodecs } from '@fluxo/kafka';
import { partitionOf, topics } from '@fluxo/schemas';
import { dailyBalanceTopology, type FoldInput } from '@fluxo/streams';
import { Outbox } from '../streams/engine/outbox.ts';
import type { OutputRecord } from '../streams/engine/ports.ts';
import { Task } from '../streams/engine/task.ts';
import type { Topology } from '../streams/engine/topology.ts';
import type { PartitionState } from '../streams/topologies/partition-state.ts';
import { configurationOf, entryAt, type Workload } from './workload.ts';

/** Records in a transaction. */
export const BATCH = 5_000;

/** Submissions as records of a log with this many partitions, a millisecond apart, from the end of the workload on. */
export class InputLog {
  readonly inputs: FoldInput[] = [];
  readonly #ends: number[];
  readonly #startMs: number;

  constructor(partitions: number, startMs: number) {
    this.#ends = Array.from({ length: partitions }, () => 0);
    this.#startMs = startMs;
  }

  append(merchantId: string, value: Buffer): void {
    const key = Buffer.from(merchantId);
    const partition = partitionOf(key, this.#ends.length);
    const offset = this.#ends[partition] as number;
    this.#ends[partition] = offset + 1;
    const timestampMs = this.#startMs + this.inputs.length;
    this.inputs.push({ partition, record: { offset, timestampMs, key, value } });
  }
}

/** First a configuration of every merchant, then the entries. */
export function logOf(codecs: TopicCodecs, workload: Workload, partitions: number): readonly FoldInput[] {
  const log = new InputLog(partitions, workload.endMs);
  for (let index = 0; index < workload.merchants; index++) {
    const configuration = configurationOf(index, workload.endMs);
    log.append(configuration.merchantId, codecs.submissions.encode('MerchantConfigured', configuration));
  }
  for (let position = 0; position < workload.entries; position++) {
    const entry = entryAt(position, workload);
    log.append(entry.merchantId, codecs.submissions.encode('EntrySubmitted', entry));
  }
  return log.inputs;
}

export class MemoryFold {
  /** How many records each topic has got, and the bytes of all. */
  readonly counts: Record<string, number> = {};
  bytes = 0;
  readonly #tasks: readonly Task<PartitionState>[];

  /** `watched` puts something around the topology. */
  constructor(
    codecs: TopicCodecs,
    partitions: number,
    watched = (topology: Topology<PartitionState>): Topology<PartitionState> => topology,
  ) {
    const topology = watched(dailyBalanceTopology({ codecs, partitions }));
    this.#tasks = Array.from(
      { length: partitions },
      (_, partition) =>
        new Task(topology, { partition, position: 0, state: topology.createState(partition) }),
    );
  }

  /** Balance documents published so far. */
  get documents(): number {
    return this.counts[topics.dailyBalances.name] ?? 0;
  }

  async run(inputs: readonly FoldInput[], batch = BATCH): Promise<void> {
    for (let at = 0; at < inputs.length; at += batch) await this.transaction(inputs.slice(at, at + batch));
  }

  /** What it would have published. */
  async transaction(inputs: readonly FoldInput[]): Promise<readonly OutputRecord[]> {
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
    this.bytes += outbox.bytes;
    for (const { topic } of outbox.records) this.counts[topic] = (this.counts[topic] ?? 0) + 1;
    const refused = this.counts[topics.rejections.name] ?? 0;
    if (refused > 0)
      throw new Error(`the fold has refused ${refused} submissions: refusing is not what is measured`);
    return outbox.records;
  }
}

export type Cost = { readonly entriesPerSecond: number; readonly cpuMicrosPerEntry: number };

/** Runs work over this many entries and says what it cost: by the clock, and CPU time of the whole process. */
export async function costOf(entries: number, work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    entriesPerSecond: Math.round(entries / seconds),
    cpuMicrosPerEntry: Number(((user + system) / entries).toFixed(2)),
  };
}
