/**
 * A sink process: what every one has around its stores. It joins the cluster by the environment (FLUXO_KAFKA, FLUXO_REGISTRY), mirrors
 * topics by a loop each, shows how far they are, runs them until it is asked to end, and gives up loudly. Where FLUXO_INSTANCE names it,
 * it is a static member of its groups, so that a restart takes over from itself within seconds.
 */
import {
  brokerAccess,
  Cluster,
  ConsumerGroup,
  LogReader,
  SchemaRegistryClient,
  systemClock,
  TopicCodec,
  traceparentOf,
} from '@fluxo/kafka';
import type { TopicDefinition } from '@fluxo/schemas';
import {
  createLogger,
  endHealthServer,
  endTracing,
  isTracing,
  type Logger,
  processMetrics,
  type ReaderPosition,
  registerLag,
  requiredSetting,
  startHealthServer,
  startTracing,
} from '@fluxo/telemetry';
import type { Sink } from './engine/sink.ts';
import { SinkLoop } from './engine/sink-loop.ts';
import { SinkMetrics } from './sink-metrics.ts';
import { TracedSink } from './traced-sink.ts';

export class SinkProcess {
  readonly instance: string;
  readonly log: Logger;
  readonly metrics = processMetrics();
  readonly #sinkMetrics: SinkMetrics;
  readonly #cluster: Cluster;
  readonly #registry: SchemaRegistryClient;
  readonly #reader: LogReader;
  /** By the topic each one mirrors. */
  readonly #loops: Record<string, SinkLoop> = {};

  private constructor(instance: string, log: Logger, cluster: Cluster) {
    this.instance = instance;
    this.log = log;
    this.#sinkMetrics = new SinkMetrics(this.metrics, log);
    this.#cluster = cluster;
    this.#registry = new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY'));
    this.#reader = new LogReader(cluster);
  }

  /** Connects to the cluster; `name` is what it is called where nobody has named it. */
  static async open(name: string): Promise<SinkProcess> {
    const instance = process.env['FLUXO_INSTANCE'] ?? name;
    await startTracing(instance);
    const log = createLogger(instance);
    const access = brokerAccess(requiredSetting('FLUXO_KAFKA'), process.env);
    return new SinkProcess(instance, log, await Cluster.connect({ ...access, clientId: instance }));
  }

  codecOf(topic: TopicDefinition): Promise<TopicCodec> {
    return TopicCodec.open(this.#registry, topic);
  }

  /** Has the topic written into the sink, shared with whoever is in the group. */
  mirror({ name: topic }: TopicDefinition, groupId: string, sink: Sink): void {
    const group = new ConsumerGroup({ cluster: this.#cluster, groupId, topic, instanceId: this.instance });
    const observer = this.#sinkMetrics.observerOf(topic);
    this.#loops[topic] = new SinkLoop({
      topic,
      sink: isTracing() ? new TracedSink(sink, topic, traceparentOf) : sink,
      group,
      log: this.#reader,
      clock: systemClock,
      observer,
    });
  }

  /** Resolves when all loops have ended after SIGTERM or SIGINT. A failure ends the process, with exit code 1. */
  async run(): Promise<void> {
    const { log, metrics } = this;
    const all = Object.values(this.#loops);
    const stop = (): void => {
      for (const loop of all) loop.stop();
    };
    registerLag(metrics, {
      positions: () => Object.entries(this.#loops).flatMap(([topic, loop]) => positionsOf(topic, loop)),
      endOffset: (topic, partition) => this.#reader.endOffset(topic, partition),
      nowMs: () => systemClock.nowMs(),
    });
    const health = await startHealthServer({
      port: Number(process.env['FLUXO_HTTP_PORT'] ?? 0),
      metrics,
      readiness: () => ({
        ready: all.every((loop) => loop.isCaughtUp),
        positions: Object.fromEntries(
          Object.entries(this.#loops).map(([topic, loop]) => [topic, Object.fromEntries(loop.positions)]),
        ),
      }),
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
    try {
      log.info('started');
      await Promise.all(all.map((loop) => loop.run().finally(stop)));
      log.info('stopped');
    } catch (error) {
      log.fatal({ err: error }, 'cannot go on');
      // At once: the heartbeats of a process that has given up would hold its partitions for nobody.
      process.exit(1);
    }
    endHealthServer(health);
    await this.#cluster.close();
    await endTracing();
  }
}

function positionsOf(topic: string, { positions, waitingSinceMs }: SinkLoop): readonly ReaderPosition[] {
  return [...positions].map(([partition, nextOffset]) => ({
    topic,
    partition,
    nextOffset,
    waitingSinceMs: waitingSinceMs.get(partition) ?? null,
  }));
}
