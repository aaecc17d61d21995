/**
 * How long a processor needs to take over: the state of 1,000,000 balance documents is restored from their topics on a real
 * broker, two partitions at once, as after a rebalance. Then the same topics are loaded into the memory view of a query
 * API. Prints one JSON line for each: seconds, documents per second, memory per million documents. Run by `npm run bench -- restore`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  Cluster,
  IdempotentProducer,
  LogReader,
  openTopicCodecs,
  SchemaRegistryClient,
  systemClock,
} from '@fluxo/kafka';
import { PARTITIONS_DEFAULT, partitionOf, topics } from '@fluxo/schemas';
import { forEachAtOnce } from '../streams/engine/at-once.ts';
import { restoreState } from '../streams/engine/restore.ts';
import { RESTORED_AT_ONCE } from '../streams/engine/worker.ts';
import { dailyBalanceTopology } from '../streams/index.ts';
import { startStack } from '../testing/stacks.ts';
import { DAYS, documentOf, lastOfLedger, merchantOf } from './stored-documents.ts';
import { loadView } from './view-load.ts';

const DOCUMENTS = Number(process.env['BENCH_DOCUMENTS'] ?? 1_000_000);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const stack = await startStack({ only: ['kafka', 'registry', 'provision'] });
try {
  const { kafka, registry: registryUrl } = stack.addresses;
  const registry = new SchemaRegistryClient(registryUrl);
  const codecs = await openTopicCodecs(registry);
  await preload();
  const cluster = await Cluster.connect({ brokers: [kafka], clientId: 'bench-restore' });
  const reader = new LogReader(cluster);
  const topology = dailyBalanceTopology({
    codecs,
    partitions: PARTITIONS_DEFAULT,
  });
  collectGarbage();
  const before = process.memoryUsage();
  const started = performance.now();
  const states: unknown[] = [];
  let records = 0;
  const partitions = Array.from({ length: PARTITIONS_DEFAULT }, (_, partition) => partition);
  await forEachAtOnce(partitions, RESTORED_AT_ONCE, async (partition) => {
    const restored = await restoreState({
      topology,
      reader,
      partition,
      committed: null,
      isInterrupted: () => false,
      clock: systemClock,
      onWaiting: (error) => console.warn(error.message),
    });
    records += restored.records;
    states.push(restored.state);
  });
  const seconds = (performance.now() - started) / 1_000;
  collectGarbage();
  const after = process.memoryUsage();
  const used = after.heapUsed + after.external - before.heapUsed - before.external;
  const line = {
    bench: 'restore',
    documents: DOCUMENTS,
    records,
    partitions: states.length,
    seconds: Number(seconds.toFixed(2)),
    documentsPerSecond: Math.round(DOCUMENTS / seconds),
    memoryMbPerMillion: Math.round((used / 2 ** 20) * (1_000_000 / DOCUMENTS)),
    rssMb: Math.round(after.rss / 2 ** 20),
  };
  console.log(JSON.stringify(line));
  states.length = 0;
  const view = await loadView({ log: reader, codecs, partitions: PARTITIONS_DEFAULT, collectGarbage });
  console.log(JSON.stringify({ bench: 'view-load', ...view }));
  await cluster.close();

  async function preload(): Promise<void> {
    const producer = await IdempotentProducer.connect({ brokers: [kafka], clientId: 'bench-preload' });
    const merchants = Math.ceil(DOCUMENTS / DAYS);
    for (let index = 0; index < merchants; index++) {
      const key = `m-${index}`;
      const partition = partitionOf(Buffer.from(key), PARTITIONS_DEFAULT);
      const merchant = { key, partition, value: codecs.merchants.encode('Merchant', merchantOf(index)) };
      const documents = Array.from({ length: DAYS }, (_, day) => ({
        key: `${key}|${day}`,
        partition,
        value: codecs.dailyBalances.encode('DailyBalance', documentOf(index, day)),
      }));
      await producer.send(topics.merchants.name, [merchant]);
      await producer.send(topics.dailyBalances.name, documents);
      const last = { key, partition, value: codecs.ledger.encode('DayReopened', lastOfLedger(index)) };
      await producer.send(topics.ledger.name, [last]);
      if (index % 400 === 0) console.error(`${index * DAYS} documents written`);
    }
    await producer.close();
  }
} finally {
  await stack.destroy();
}
