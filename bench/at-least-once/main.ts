/** The processor as it is, but for its producer, as a process: what `streams/main.ts` would cost without transactions. */
import { Cluster, ConsumerGroup, openTopicCodecs, SchemaRegistryClient, systemClock } from '@fluxo/kafka';
import { consumerGroups, topics } from '@fluxo/schemas';
import { createLogger, endHealthServer, processMetrics, startHealthServer } from '@fluxo/telemetry';
import { Worker } from '../../streams/engine/worker.ts';
import { processorParts } from '../../streams/processor.ts';
import { streamsObserver } from '../../streams/streams-metrics.ts';
import { AtLeastOnceProducer } from './producer.ts';

const { FLUXO_KAFKA = '', FLUXO_REGISTRY = '', FLUXO_HTTP_PORT = '' } = process.env;
const instance = 'streams-at-least-once';

const metrics = processMetrics();
const cluster = await Cluster.connect({ brokers: [FLUXO_KAFKA], clientId: instance });
const group = new ConsumerGroup({
  cluster,
  groupId: consumerGroups.streams,
  topic: topics.submissions.name,
  instanceId: instance,
});
const parts = await processorParts({
  cluster,
  codecs: await openTopicCodecs(new SchemaRegistryClient(FLUXO_REGISTRY)),
  instance,
  clock: systemClock,
  observer: streamsObserver(metrics, createLogger(instance)),
});
const worker = new Worker({ ...parts, group, producer: new AtLeastOnceProducer(cluster, group) });
const health = await startHealthServer({
  port: Number(FLUXO_HTTP_PORT),
  metrics,
  readiness: () => ({ ready: worker.isReady }),
});
process.once('SIGTERM', () => worker.stop());
await worker.run();
endHealthServer(health);
await cluster.close();
