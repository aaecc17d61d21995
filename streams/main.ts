/**
 * The processor as a process: wires the daily-balance topology to Kafka and runs it until SIGTERM. Several of them share the
 * partitions; each has a name of its own (FLUXO_INSTANCE), which makes it a static member of the group and names its
 * transactions, so that a restart takes over from itself within seconds. Where FLUXO_CHECKPOINTS names a folder, remembered ids are
 * kept there as well, and a restart does not read them from the ledger again.
 */
import {
  Cluster,
  LogReader,
  openTopicCodecs,
  SchemaRegistryClient,
  systemClock,
  traceparentOf,
} from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import {
  createLogger,
  endTracing,
  processMetrics,
  registerLag,
  requiredSetting,
  startHealthServer,
  startTracing,
} from '@fluxo/telemetry';
import { FileCheckpoints } from './checkpoints/file-checkpoints.ts';
import { judgedObserver } from './fold-metrics.ts';
import { createProcessor } from './processor.ts';
import { streamsObserver } from './streams-metrics.ts';
import { tracedParts } from './traced-parts.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'streams-1';
const checkpointFolder = environment['FLUXO_CHECKPOINTS'] ?? '';
const isTraced = await startTracing(instance);
const log = createLogger(instance);
const metrics = processMetrics();

const cluster = await Cluster.connect({
  brokers: requiredSetting('FLUXO_KAFKA').split(','),
  clientId: instance,
});
const registry = new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY'));
const worker = await createProcessor({
  cluster,
  codecs: await openTopicCodecs(registry),
  instance,
  clock: systemClock,
  observer: streamsObserver(metrics, log),
  judged: judgedObserver(metrics),
  checkpoints: checkpointFolder === '' ? undefined : new FileCheckpoints(checkpointFolder),
  watched: isTraced ? (parts) => tracedParts(parts, traceparentOf) : undefined,
});
const logEnds = new LogReader(cluster);
registerLag(metrics, {
  positions: () => {
    const { waitingSinceMs } = worker;
    return [...worker.positions].map(([partition, nextOffset]) => ({
      topic: topics.submissions.name,
      partition,
      nextOffset,
      waitingSinceMs: waitingSinceMs.get(partition) ?? null,
    }));
  },
  endOffset: (topic, partition) => logEnds.endOffset(topic, partition),
  nowMs: () => systemClock.nowMs(),
});
const health = await startHealthServer({
  port: Number(environment['FLUXO_HTTP_PORT'] ?? 0),
  metrics,
  readiness: () => ({ ready: worker.isReady, positions: Object.fromEntries(worker.positions) }),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => worker.stop());

try {
  log.info('started');
  await worker.run();
  log.info('stopped');
} catch (error) {
  log.fatal({ err: error }, 'cannot go on');
  // At once: the heartbeats of a process that has given up would hold its partitions for nobody.
  process.exit(1);
}
health.close();
await cluster.close();
await endTracing();
