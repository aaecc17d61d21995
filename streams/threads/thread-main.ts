/**
 * The program of a stream thread: wires the daily-balance topology to Kafka and runs it until it is told to stop. What it cannot
 * go on after ends it with status 1, and its process with it.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  brokerAccess,
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
  Registry,
  registerLag,
  requiredSetting,
  startTracing,
} from '@fluxo/telemetry';
import { FileCheckpoints } from '../checkpoints/file-checkpoints.ts';
import { judgedObserver } from '../fold-metrics.ts';
import { createProcessor } from '../processor.ts';
import { streamsObserver } from '../streams-metrics.ts';
import { tracedParts } from '../traced-parts.ts';
import { answerQuestions } from './questions.ts';
import type { ThreadOrder } from './stream-thread.ts';

const { instance, isFirst } = workerData as ThreadOrder;
const owner = parentPort as MessagePort;
const checkpointFolder = process.env['FLUXO_CHECKPOINTS'] ?? '';
const isTraced = await startTracing(instance);
const log = createLogger(instance);
const metrics = isFirst ? processMetrics() : new Registry();

const cluster = await Cluster.connect({
  ...brokerAccess(requiredSetting('FLUXO_KAFKA'), process.env),
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
answerQuestions(owner, {
  readiness: () => ({ ready: worker.isReady, positions: Object.fromEntries(worker.positions) }),
  metrics: () => metrics.getMetricsAsJSON(),
  stop: () => worker.stop(),
});

try {
  log.info('started');
  await worker.run();
  log.info('stopped');
} catch (error) {
  log.fatal({ err: error }, 'cannot go on');
  // At once: the heartbeats of a thread that has given up would hold its partitions for nobody.
  process.exit(1);
}
owner.close();
await cluster.close();
await endTracing();
