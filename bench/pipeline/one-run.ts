/** One throughput run of our processors on a stack of its own, for figures along one axis: so many partitions, processes, threads. */
import {
  brokerAccess,
  Cluster,
  createTopics,
  IdempotentProducer,
  registerSchemas,
  SchemaRegistryClient,
  TopicCodec,
} from '@fluxo/kafka';
import { allTopics, partitionOf, topics } from '@fluxo/schemas';
import { kafkaEnvironment } from '@fluxo/stack';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { configurationOf, entryAt, type Workload } from '../workload.ts';
import type { Measured } from './measured.ts';
import { type OurOptions, OurProcesses } from './our-processes.ts';
import { Scene } from './scene.ts';
import { measureThroughput, type Throughput } from './throughput.ts';

export type RunSize = {
  readonly partitions: number;
  readonly processes: number;
  readonly threads: number;
  /** Over TLS, with users and their rights; only with as many partitions as the stack gives its topics. */
  readonly secured?: boolean;
};

/** `subjectOf` makes what is measured, if it is not our processors as they are; it must have ended by the time its stack goes. */
export async function runPipeline(
  workload: Workload,
  size: RunSize,
  subjectOf: (options: OurOptions) => Measured = (options) => new OurProcesses(options),
): Promise<Throughput> {
  const stack = await startStack({ only: ['kafka', 'registry'], secured: size.secured ?? false });
  try {
    return await runOn(stack, { workload, size, subjectOf });
  } finally {
    await stack.destroy();
  }
}

type Run = {
  readonly workload: Workload;
  readonly size: RunSize;
  readonly subjectOf: (options: OurOptions) => Measured;
};

async function runOn(
  stack: TestStack,
  { workload, size: { partitions, secured = false, ...size }, subjectOf }: Run,
): Promise<Throughput> {
  const access = brokerAccess(stack.addresses.kafka, kafkaEnvironment(stack.place, 'fluxo-admin'));
  if (secured) await stack.start('provision');
  const registry = new SchemaRegistryClient(stack.addresses.registry);
  await createTopics({ ...access, topics: allTopics, partitions });
  await registerSchemas(registry, allTopics);
  const submissions = await TopicCodec.open(registry, topics.submissions);
  const ledger = await TopicCodec.open(registry, topics.ledger);
  const cluster = await Cluster.connect({ ...access, clientId: 'bench' });
  const producer = await IdempotentProducer.connect({ ...access, clientId: 'bench-producer' });
  const scene = new Scene({ stack, cluster, producer, partitions });
  const subject = subjectOf({ stack, submissions, ledger, ...size });
  const messages = Array.from({ length: workload.merchants }, (_, index) => {
    const value = configurationOf(index, workload.endMs);
    const key = Buffer.from(value.merchantId);
    const partition = partitionOf(key, partitions);
    return { key, value: submissions.encode('MerchantConfigured', value), partition };
  });
  await producer.send(subject.inputTopic, messages);
  await scene.preload(subject, workload.entries, (position) => entryAt(position, workload));
  const measured = await measureThroughput(scene, subject);
  await subject.stop();
  await producer.close();
  await cluster.close();
  return measured;
}
