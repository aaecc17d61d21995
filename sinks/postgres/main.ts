/**
 * The Postgres sink as a process: a loop for each of ledger, balance documents, merchants and rejections, until SIGTERM. Several such
 * processes share the partitions. Where FLUXO_INSTANCE names it, the process is a static member of its groups, so that a restart
 * takes over from itself within seconds.
 */
import { Cluster, ConsumerGroup, LogReader, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { consumerGroups, type TopicDefinition, topics } from '@fluxo/schemas';
import { Counter, createLogger, Registry, requiredSetting } from '@fluxo/telemetry';
import type { Sink } from '../engine/sink.ts';
import { SinkLoop } from '../engine/sink-loop.ts';
import { SinkMetrics } from '../sink-metrics.ts';
import { runSinkProcess } from '../sink-process.ts';
import { PostgresBalanceSink } from './balance.sink.ts';
import { PostgresLedgerSink, type ReturnedId } from './ledger.sink.ts';
import { PostgresMerchantSink } from './merchant.sink.ts';
import { PostgresStore } from './postgres-store.ts';
import { PostgresRejectionSink } from './rejection.sink.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'sink-postgres-1';
const log = createLogger(instance);
const metrics = new Registry();
const sinkMetrics = new SinkMetrics(metrics, log);
const returnedIds = new Counter({
  name: 'fluxo_sink_returned_ids_total',
  help: 'Ledger records written beside an earlier one of the same id: it came back after its time with a new submittedAt.',
  registers: [metrics],
});
const clock = { sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };

const cluster = await Cluster.connect({
  brokers: requiredSetting('FLUXO_KAFKA').split(','),
  clientId: instance,
});
const registry = new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY'));
const reader = new LogReader(cluster);
const url = requiredSetting('FLUXO_POSTGRES');

const rejections = {
  rejections: await codecOf(topics.rejections),
  submissions: await codecOf(topics.submissions),
};
const loops = {
  [topics.ledger.name]: loopOf(
    topics.ledger,
    consumerGroups.postgresSinkLedger,
    new PostgresLedgerSink(storeOf('ledger'), await codecOf(topics.ledger), reportReturned),
  ),
  [topics.dailyBalances.name]: loopOf(
    topics.dailyBalances,
    consumerGroups.postgresSinkBalances,
    new PostgresBalanceSink(storeOf('balances'), await codecOf(topics.dailyBalances)),
  ),
  [topics.merchants.name]: loopOf(
    topics.merchants,
    consumerGroups.postgresSinkMerchants,
    new PostgresMerchantSink(storeOf('merchants'), await codecOf(topics.merchants)),
  ),
  [topics.rejections.name]: loopOf(
    topics.rejections,
    consumerGroups.postgresSinkRejections,
    new PostgresRejectionSink(storeOf('rejections'), rejections),
  ),
};
await runSinkProcess({ loops, reader, metrics, log, port: Number(environment['FLUXO_HTTP_PORT'] ?? 0) });
await cluster.close();

function codecOf(topic: TopicDefinition): Promise<TopicCodec> {
  return TopicCodec.open(registry, topic);
}

function storeOf(what: string): PostgresStore {
  return new PostgresStore(url, `${instance} ${what}`);
}

function loopOf({ name: topic }: TopicDefinition, groupId: string, sink: Sink): SinkLoop {
  const group = new ConsumerGroup({ cluster, groupId, topic, instanceId: instance });
  return new SinkLoop({ topic, sink, group, log: reader, clock, observer: sinkMetrics.observerOf(topic) });
}

/** No defect of ours, but somebody should know: a till that sends after 45 days makes ids anew or changes submittedAt. */
function reportReturned(returned: readonly ReturnedId[]): void {
  returnedIds.inc(returned.length);
  for (const each of returned)
    log.warn(each, 'an id came back after its time and counts as new; its originator changed submittedAt');
}
