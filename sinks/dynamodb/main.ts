/**
 * The DynamoDB sink as a process: two loops, one for the balance documents and one for the merchants, until SIGTERM. Several such
 * processes share the partitions. Where FLUXO_INSTANCE names it, the process is a static member of its groups, so that a restart
 * takes over from itself within seconds.
 */
import { Cluster, ConsumerGroup, LogReader, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { dynamodbGroups, topics } from '@fluxo/schemas';
import { createLogger, Registry, requiredSetting } from '@fluxo/telemetry';
import type { Sink } from '../engine/sink.ts';
import { SinkLoop } from '../engine/sink-loop.ts';
import { SinkMetrics } from '../sink-metrics.ts';
import { runSinkProcess } from '../sink-process.ts';
import { DynamodbBalanceSink } from './balance.sink.ts';
import { DynamodbStore } from './dynamodb-store.ts';
import { DynamodbMerchantSink } from './merchant.sink.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'sink-dynamodb-1';
const log = createLogger(instance);
const metrics = new Registry();
const sinkMetrics = new SinkMetrics(metrics, log);
const clock = { sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };

const cluster = await Cluster.connect({
  brokers: requiredSetting('FLUXO_KAFKA').split(','),
  clientId: instance,
});
const registry = new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY'));
const reader = new LogReader(cluster);
const table = requiredSetting('FLUXO_DYNAMODB');

const balances = new DynamodbBalanceSink(
  new DynamodbStore(table),
  await TopicCodec.open(registry, topics.dailyBalances),
);
const merchants = new DynamodbMerchantSink(
  new DynamodbStore(table),
  await TopicCodec.open(registry, topics.merchants),
);
const loops = {
  [topics.dailyBalances.name]: loopOf(
    topics.dailyBalances.name,
    dynamodbGroups.dynamodbSinkBalances,
    balances,
  ),
  [topics.merchants.name]: loopOf(topics.merchants.name, dynamodbGroups.dynamodbSinkMerchants, merchants),
};
await runSinkProcess({ loops, reader, metrics, log, port: Number(environment['FLUXO_HTTP_PORT'] ?? 0) });
await cluster.close();

function loopOf(topic: string, groupId: string, sink: Sink): SinkLoop {
  const group = new ConsumerGroup({ cluster, groupId, topic, instanceId: instance });
  return new SinkLoop({ topic, sink, group, log: reader, clock, observer: sinkMetrics.observerOf(topic) });
}
