/**
 * What the way over Postgres adds when nothing else is going on: one entry at a time is posted to the entries API, with pauses, and the
 * time from its 202 to the broker's time for its submission is what outbox, bell and relay took (one machine, one clock, whole
 * milliseconds; below zero: it was in Kafka before its caller had the answer). Prints a JSON line. Run by `npm run bench -- relay-latency`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, LogReader, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { PARTITIONS_DEFAULT, topics } from '@fluxo/schemas';
import { startStack } from '../testing/stacks.ts';
import { NOISE_MAX, NoiseWatch } from './process-usage.ts';
import { percentile, round } from './statistics.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 200);
const WARM_UP = 20;
const PAUSE_MS = 100;
const APPEARS_WITHIN_MS = 10_000;

const services = [
  'kafka',
  'registry',
  'provision',
  'postgres',
  'migrate',
  'entries-api',
  'outbox-relay-1',
] as const;
const stack = await startStack({ only: services });
try {
  const cluster = await Cluster.connect({ brokers: [stack.addresses.kafka], clientId: 'bench-relay' });
  const reader = new LogReader(cluster);
  const codec = await TopicCodec.open(new SchemaRegistryClient(stack.addresses.registry), topics.submissions);
  const watch = new NoiseWatch([
    process.pid,
    ...services.flatMap((name) => stack.pidOf(name) ?? []).map(Number),
  ]);
  const answeredMs = new Map<string, number>();
  for (let count = 0; count < WARM_UP + ENTRIES; count++) {
    const entryId = randomUUID();
    await enter(entryId, count);
    if (count >= WARM_UP) answeredMs.set(entryId, Date.now());
    await sleep(PAUSE_MS);
  }
  const addedMs = await appended(answeredMs);
  const othersShare = round(watch.othersShare());
  const line = {
    what: `one entry each ${PAUSE_MS} ms, from its 202 to the log`,
    entries: addedMs.length,
    lost: answeredMs.size - addedMs.length,
    p50Ms: percentile(addedMs, 0.5),
    p99Ms: percentile(addedMs, 0.99),
    worstMs: addedMs.at(-1),
    othersShare,
    ...(othersShare > NOISE_MAX ? { isNoisy: true } : {}),
  };
  console.log(JSON.stringify(line));
  await cluster.close();

  async function appended(answered: ReadonlyMap<string, number>): Promise<number[]> {
    const found: number[] = [];
    const offsets = new Map(Array.from({ length: PARTITIONS_DEFAULT }, (_, partition) => [partition, 0]));
    const deadlineMs = performance.now() + APPEARS_WITHIN_MS;
    while (found.length < answered.size && performance.now() < deadlineMs)
      for (const batch of await reader.fetch(new Map([[topics.submissions.name, offsets]]), 100)) {
        offsets.set(batch.partition, batch.nextOffset);
        for (const { value, timestampMs } of batch.records) {
          const decoded = codec.decode(value);
          if (decoded.kind !== 'record' || decoded.type !== 'EntrySubmitted') continue;
          const answeredAtMs = answered.get(decoded.value.entryId);
          if (answeredAtMs !== undefined) found.push(timestampMs - answeredAtMs);
        }
      }
    return found.toSorted((a, b) => a - b);
  }
} finally {
  await stack.destroy();
}

async function enter(entryId: string, count: number): Promise<void> {
  const answer = await fetch(`${stack.addresses.entriesApi}/v1/merchants/m-${count % 50}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': entryId },
    body: JSON.stringify({
      entryId,
      accountId: 'drawer',
      direction: 'CREDIT',
      kind: 'SALE',
      paymentMethod: 'CASH',
      amountMinor: 1_000 + count,
      currency: 'BRL',
      occurredAt: new Date().toISOString(),
    }),
  });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
