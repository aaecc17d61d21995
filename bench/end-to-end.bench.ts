/**
 * The whole pipeline on a local broker: exactly-once throughput of one processor over a preloaded topic with its CPU per
 * entry, then latency at steady rates from the till's clock to a read_committed consumer of the ledger, then the time from
 * kill -9 to progress. Broker, processor and driver share this machine. Run by `npm run bench -- end-to-end`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, IdempotentProducer, LogReader, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { type EntrySubmitted, PARTITIONS_DEFAULT, partitionOf, topics } from '@fluxo/schemas';
import { startStack } from '../testing/stacks.ts';
import { configurationOf, entryAt, MERCHANTS, standardWorkload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 1_000_000);
const RATES = [1_000, 5_000];
const SECONDS = 15;
const WARM_UP_MS = 4_000;

const stack = await startStack({ only: ['kafka', 'registry', 'provision'] });
try {
  await bench();
} finally {
  await stack.destroy();
}

async function bench(): Promise<void> {
  const { kafka, registry: registryUrl } = stack.addresses;
  const registry = new SchemaRegistryClient(registryUrl);
  const submissions = await TopicCodec.open(registry, topics.submissions);
  const ledger = await TopicCodec.open(registry, topics.ledger);
  const cluster = await Cluster.connect({ brokers: [kafka], clientId: 'bench' });
  const reader = new LogReader(cluster);
  const producer = await IdempotentProducer.connect({ brokers: [kafka], clientId: 'bench-producer' });

  const endMs = Date.now();
  const workload = standardWorkload(ENTRIES, endMs);
  const message = (value: EntrySubmitted | ReturnType<typeof configurationOf>) => {
    const key = Buffer.from(value.merchantId);
    const bytes =
      'configId' in value
        ? submissions.encode('MerchantConfigured', value)
        : submissions.encode('EntrySubmitted', value);
    return { key, value: bytes, partition: partitionOf(key, PARTITIONS_DEFAULT) };
  };
  const send = (messages: ReturnType<typeof message>[]) => producer.send(topics.submissions.name, messages);
  await send(Array.from({ length: MERCHANTS }, (_, index) => message(configurationOf(index, endMs))));
  for (let at = 0; at < ENTRIES; at += 10_000)
    await send(
      Array.from({ length: Math.min(10_000, ENTRIES - at) }, (_, n) => message(entryAt(at + n, workload))),
    );
  console.error(`${ENTRIES} entries preloaded`);
  await throughput();
  for (const rate of RATES) await latency(rate);
  await recovery();
  await producer.close();
  await cluster.close();

  async function throughput(): Promise<void> {
    const total = ENTRIES + MERCHANTS;
    void stack.start('streams-1');
    let first = await samples();
    while (first.processed === 0) {
      await sleep(20);
      first = await samples();
    }
    let last = first;
    while (last.processed < total) {
      await sleep(100);
      last = await samples();
    }
    const entries = last.processed - first.processed;
    const line = {
      bench: 'throughput',
      entries,
      entriesPerSecond: Math.round(entries / ((last.atMs - first.atMs) / 1_000)),
      cpuMicrosPerEntry: Number((((last.cpuSeconds - first.cpuSeconds) * 1e6) / entries).toFixed(2)),
      rssMb: Math.round(last.rssBytes / 2 ** 20),
    };
    console.log(JSON.stringify(line));
  }

  /** What the processor says of itself; zeros while it does not answer. */
  async function samples() {
    const atMs = performance.now();
    const text = await fetch(`http://127.0.0.1:${stack.place.portBase + 21}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
    const value = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? 0);
    return {
      atMs,
      processed: value('fluxo_streams_processed_records_total'),
      cpuSeconds: value('process_cpu_seconds_total'),
      rssBytes: value('process_resident_memory_bytes'),
    };
  }

  async function latency(rate: number): Promise<void> {
    const seen: number[] = [];
    const follower = await follow(
      (submittedAt) => seen.push(Date.now() - submittedAt),
      Date.now() + WARM_UP_MS,
    );
    const startMs = Date.now();
    let sent = 0;
    while (Date.now() - startMs < WARM_UP_MS + SECONDS * 1_000) {
      const due = Math.floor(((Date.now() - startMs) * rate) / 1_000);
      const now = Date.now();
      const batch = Array.from({ length: due - sent }, (_, n) =>
        message({
          ...entryAt(ENTRIES * 2 + rate * 1_000 + sent + n, workload),
          submittedAt: now,
          occurredAt: now,
        }),
      );
      sent = due;
      if (batch.length > 0) await send(batch);
      await sleep(2);
    }
    await sleep(1_500);
    await follower.stop();
    const sorted = seen.toSorted((a, b) => a - b);
    const at = (share: number): number | undefined => sorted[Math.floor(sorted.length * share)];
    console.log(
      JSON.stringify({
        bench: 'latency',
        rate,
        samples: sorted.length,
        p50Ms: at(0.5),
        p90Ms: at(0.9),
        p99Ms: at(0.99),
      }),
    );
  }

  /** Reads the ledger read_committed from its end on, and reports entries submitted after `fromMs`. */
  async function follow(onEntry: (submittedAt: number) => void, fromMs: number) {
    const topic = topics.ledger.name;
    const positions = new Map<number, number>();
    for (let partition = 0; partition < PARTITIONS_DEFAULT; partition++)
      positions.set(partition, await reader.endOffset(topic, partition));
    let isStopped = false;
    const running = (async () => {
      while (!isStopped) {
        const batches = await reader.fetch(new Map([[topic, positions]]), 100);
        for (const { partition, records, nextOffset } of batches) {
          positions.set(partition, nextOffset);
          for (const { value } of records) {
            const decoded = ledger.decode(value);
            if (
              decoded.kind === 'record' &&
              decoded.type === 'EntryPosted' &&
              decoded.value.submittedAt >= fromMs
            )
              onEntry(decoded.value.submittedAt);
          }
        }
      }
    })();
    return {
      stop: () => {
        isStopped = true;
        return running;
      },
    };
  }

  async function recovery(): Promise<void> {
    const now = Date.now();
    const more = Array.from({ length: 20_000 }, (_, n) =>
      message({
        ...entryAt(ENTRIES * 3 + n, workload),
        submittedAt: now,
        occurredAt: now,
      }),
    );
    await send(more.slice(0, 10_000));
    await stack.kill('streams-1');
    const killedMs = performance.now();
    await send(more.slice(10_000));
    void stack.start('streams-1');
    while ((await samples()).processed === 0) await sleep(10);
    console.log(
      JSON.stringify({ bench: 'recovery', killToProgressMs: Math.round(performance.now() - killedMs) }),
    );
  }
}
