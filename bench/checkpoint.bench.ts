/**
 * How long a processor needs to take over when it has ten million ids to remember: from the topics alone, then from checkpoints. The
 * ledger of 2,000 merchants, every hash of it right, is written to a real broker; one process restores all partitions, two
 * at once, as after a restart. In between it writes their checkpoints, and how long the thread was held by that is watched.
 * Prints one JSON line for each. Run by `npm run bench -- checkpoint`; BENCH_ENTRIES for fewer ids.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  Cluster,
  KafkaTransactionalProducer,
  LogReader,
  openTopicCodecs,
  SchemaRegistryClient,
  systemClock,
} from '@fluxo/kafka';
import { consumerGroups, PARTITIONS_DEFAULT, topics } from '@fluxo/schemas';
import { FileCheckpoints } from '../streams/checkpoints/file-checkpoints.ts';
import { forEachAtOnce } from '../streams/engine/at-once.ts';
import { blocksOf, checkpointedStep, topicIdsOf } from '../streams/engine/checkpoint.ts';
import { type Restored, restoreState } from '../streams/engine/restore.ts';
import { RESTORED_AT_ONCE } from '../streams/engine/worker.ts';
import { dailyBalanceTopology } from '../streams/index.ts';
import type { PartitionState } from '../streams/topologies/partition-state.ts';
import { startStack } from '../testing/stacks.ts';
import { LedgerPreload } from './ledger-preload.ts';
import { cpuSecondsOf } from './process-usage.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 10_000_000);
const PARTITIONS = Array.from({ length: PARTITIONS_DEFAULT }, (_, partition) => partition);
/** Every ledger record names an input offset below it. */
const COMMITTED = ENTRIES + 1;

const round = (number: number): number => Number(number.toFixed(2));

const stack = await startStack({ only: ['kafka', 'registry', 'provision'] });
const folder = mkdtempSync(join(stack.place.home, 'checkpoints-'));
try {
  const codecs = await openTopicCodecs(new SchemaRegistryClient(stack.addresses.registry));
  const cluster = await Cluster.connect({ brokers: [stack.addresses.kafka], clientId: 'bench-checkpoint' });
  await preload();
  const reader = new LogReader(cluster);
  const topology = dailyBalanceTopology({ codecs, partitions: PARTITIONS_DEFAULT });
  const step = checkpointedStep(topology);
  if (step === undefined) throw new Error('the topology keeps no checkpoints');
  const { checkpoint, topic } = step;
  const store = new FileCheckpoints(folder);

  const states = await restoreAll('topics');
  await writeAll(states);
  states.length = 0;
  await restoreAll('checkpoints');
  await cluster.close();

  async function preload(): Promise<void> {
    const groupId = consumerGroups.streams;
    const inputTopic = topics.submissions.name;
    const transactionalId = 'bench-preload';
    const producer = new KafkaTransactionalProducer({ cluster, groupId, inputTopic, transactionalId });
    await producer.init();
    const preloaded = new LedgerPreload(codecs);
    for (const records of preloaded.transactions(ENTRIES)) {
      await producer.produce(records);
      await producer.end('commit');
      if (preloaded.entries % 500_000 < 20_000) console.error(`${preloaded.entries} ledger records written`);
    }
    await producer.close();
  }

  async function restoreAll(from: 'topics' | 'checkpoints'): Promise<PartitionState[]> {
    const startedMs = performance.now();
    const cpuBefore = cpuSecondsOf(process.pid);
    const restored: Restored<PartitionState>[] = [];
    await forEachAtOnce(PARTITIONS, RESTORED_AT_ONCE, async (partition) => {
      restored[partition] = await restore(partition);
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    const all = restored.map(({ state }) => state);
    const ids = all.reduce((sum, state) => sum + state.ids.size, 0);
    const bytes = all.reduce((sum, state) => sum + state.ids.bytes, 0);
    const records = restored.reduce((sum, each) => sum + each.records, 0);
    const withCheckpoint = restored.filter(({ checkpointPosition }) => checkpointPosition !== null).length;
    if (withCheckpoint !== (from === 'topics' ? 0 : PARTITIONS.length))
      throw new Error(`${withCheckpoint} partitions were restored from checkpoints`);
    console.log(
      JSON.stringify({
        bench: 'checkpoint',
        restoredFrom: from,
        ids,
        records,
        seconds: round(seconds),
        cpuSeconds: round(cpuSecondsOf(process.pid) - cpuBefore),
        idsPerSecond: Math.round(ids / seconds),
        memoryBytesPerId: round(bytes / ids),
        rssMb: Math.round(process.memoryUsage().rss / 2 ** 20),
      }),
    );
    return all;
  }

  function restore(partition: number): Promise<Restored<PartitionState>> {
    return restoreState({
      topology,
      reader,
      partition,
      committed: COMMITTED,
      isInterrupted: () => false,
      clock: systemClock,
      checkpoints: store,
      onRefused: (error) => console.error(`partition ${partition}: ${error.message}`),
      onWaiting: (error) => console.warn(error.message),
    });
  }

  /** Writes all checkpoints, one after the other, as a processor does; what it holds of the thread is what others wait for. */
  async function writeAll(all: readonly PartitionState[]): Promise<void> {
    const held = monitorEventLoopDelay({ resolution: 1 });
    held.enable();
    const rssBefore = process.memoryUsage().rss;
    const startedMs = performance.now();
    const ids = all.reduce((sum, state) => sum + state.ids.size, 0);
    let bytes = 0;
    let takenMsMax = 0;
    let rssMax = 0;
    for (const [partition, state] of all.entries()) {
      const offset = await reader.endOffset(topic, partition);
      const topicIds = await topicIdsOf(topology, step as NonNullable<typeof step>, reader);
      const takenMs = performance.now();
      const contents = checkpoint.save(state);
      takenMsMax = Math.max(takenMsMax, performance.now() - takenMs);
      const mark = { format: checkpoint.format, partition, topicIds, offset, position: COMMITTED };
      bytes += await store.write(partition, blocksOf(mark, contents));
      rssMax = Math.max(rssMax, process.memoryUsage().rss);
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    held.disable();
    console.log(
      JSON.stringify({
        bench: 'checkpoint',
        written: PARTITIONS.length,
        ids,
        fileMb: Math.round(bytes / 2 ** 20),
        fileBytesPerId: round(bytes / ids),
        seconds: round(seconds),
        takenMsMax: round(takenMsMax),
        threadHeldMsMax: round(held.max / 1e6),
        threadHeldMsP99: round(held.percentile(99) / 1e6),
        rssGrowthMb: Math.round((rssMax - rssBefore) / 2 ** 20),
      }),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  await stack.destroy();
}
