/**
 * The processor, assembled: the daily-balance topology, a member of the streams group and a transactional producer over one
 * cluster. `main.ts` runs it as a process over sockets and the wall clock; the simulation runs the same assembly over a broker
 * and a clock of its own. Nothing is decided here but which part is plugged into which.
 */
import { type Cluster, ConsumerGroup, KafkaTransactionalProducer, LogReader } from '@fluxo/kafka';
import { allTopics, consumerGroups, topics } from '@fluxo/schemas';
import type { CheckpointStore } from './engine/checkpoint.ts';
import type { CheckpointPace } from './engine/checkpointer.ts';
import type { EngineObserver } from './engine/observer.ts';
import type { Clock } from './engine/ports.ts';
import { type TransactionLimits, Worker, type WorkerOptions } from './engine/worker.ts';
import { dailyBalanceTopology } from './topologies/daily-balance.topology.ts';
import type { JudgedObserver } from './topologies/judged.ts';
import type { PartitionState } from './topologies/partition-state.ts';
import type { DailyBalanceCodecs } from './topologies/record-codec.ts';

type ProcessorOptions = {
  readonly cluster: Cluster;
  readonly codecs: DailyBalanceCodecs;
  /** The name of this process: its place in the group and, with the group's name, its transactional id. */
  readonly instance: string;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  readonly judged?: JudgedObserver | undefined;
  readonly limits?: TransactionLimits;
  /** Where checkpoints are kept; without, every restore reads the topics alone. */
  readonly checkpoints?: CheckpointStore | undefined;
  readonly checkpointPace?: CheckpointPace | undefined;
  /** Puts watchers around the parts before they are one. */
  readonly watched?: ((parts: Parts) => Parts) | undefined;
};

type Parts = WorkerOptions<PartitionState>;

/** A worker that is ready to `run`. Fails when the topics differ in their number of partitions, or cannot be asked for. */
export async function createProcessor(options: ProcessorOptions): Promise<Worker<PartitionState>> {
  const { watched = (parts) => parts, ...rest } = options;
  return new Worker(watched(await processorParts(rest)));
}

/** The parts of a processor, before they are one. */
export async function processorParts(options: Omit<ProcessorOptions, 'watched'>): Promise<Parts> {
  const { cluster, codecs, instance, judged, ...rest } = options;
  const reader = new LogReader(cluster);
  const partitions = await partitionsOfAll(reader);
  const groupId = consumerGroups.streams;
  const inputTopic = topics.submissions.name;
  return {
    topology: dailyBalanceTopology({ codecs, partitions, judged }),
    group: new ConsumerGroup({ cluster, groupId, topic: inputTopic, instanceId: instance }),
    producer: new KafkaTransactionalProducer({
      cluster,
      groupId,
      inputTopic,
      transactionalId: `${groupId}-${instance}`,
    }),
    reader,
    ...rest,
  };
}

/** The number of partitions, which all topics share: output partition = input partition. */
async function partitionsOfAll(topicReader: LogReader): Promise<number> {
  const counts = await Promise.all(allTopics.map(({ name }) => topicReader.partitionsOf(name)));
  if (new Set(counts).size === 1) return counts[0] as number;
  const list = allTopics.map(({ name }, index) => `${name} has ${counts[index]}`).join(', ');
  throw new Error(
    `the topics differ in their number of partitions (${list}), but output partition = input partition. ` +
      'That number is fixed for the life of a topic: somebody has added partitions. Recreate the topics from their archive.',
  );
}
