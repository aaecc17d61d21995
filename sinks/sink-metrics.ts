/** A sink loop's observer as metrics and log lines: what an operator sees of a sink. */
import { Counter, Gauge, type Logger, type Registry } from '@fluxo/telemetry';
import type { LogEnds } from './engine/ports.ts';
import type { SinkLoop } from './engine/sink-loop.ts';
import type { SinkObserver } from './engine/sink-observer.ts';

/** The metrics of all loops of a process; `observerOf` makes the observer of the loop that mirrors this topic. */
export class SinkMetrics {
  readonly #log: Logger;
  readonly #metrics: ReturnType<typeof sinkMetrics>;

  constructor(registry: Registry, log: Logger) {
    this.#log = log;
    this.#metrics = sinkMetrics(registry);
  }

  observerOf(topic: string): SinkObserver {
    const { assigned, written, refused, lost, retries } = this.#metrics;
    return {
      assigned: (partitions) => {
        assigned.set({ topic }, partitions.length);
        this.#log.info({ topic, partitions }, 'assigned');
      },
      connected: (positions) =>
        this.#log.info({ topic, positions: Object.fromEntries(positions) }, 'the store stands here'),
      wrote: (count) => {
        written.inc({ topic }, count.written);
        refused.inc({ topic }, count.refused);
      },
      positionLost: (error) => {
        lost.inc({ topic });
        this.#log.warn({ topic, err: error }, 'the store does not stand where it was left, connecting again');
      },
      retrying: (what, error) => {
        retries.inc({ topic });
        this.#log.warn({ topic, what, err: error }, 'not possible now, trying again');
      },
    };
  }
}

/** Records between where the loops stand and the ends of their partitions, asked for when the metrics are. */
export function registerLag(
  registry: Registry,
  loops: Readonly<Record<string, SinkLoop>>,
  log: LogEnds,
): void {
  const lag = new Gauge({
    name: 'fluxo_sink_lag_records',
    help: 'Records of the topic that are not in the store yet, by partition.',
    labelNames: ['topic', 'partition'],
    registers: [],
    async collect() {
      this.reset();
      for (const [topic, loop] of Object.entries(loops))
        for (const [partition, position] of loop.positions) {
          const end = await log.endOffset(topic, partition);
          this.set({ topic, partition }, Math.max(0, end - position));
        }
    },
  });
  registry.registerMetric(lag);
}

function sinkMetrics(registry: Registry) {
  const common = { labelNames: ['topic'] as const, registers: [registry] };
  return {
    assigned: new Gauge({
      ...common,
      name: 'fluxo_sink_assigned_partitions',
      help: 'Partitions this process mirrors.',
    }),
    written: new Counter({ ...common, name: 'fluxo_sink_written_total', help: 'Documents written.' }),
    refused: new Counter({
      ...common,
      name: 'fluxo_sink_refused_total',
      help: 'Documents not written because the store had their revision or a higher one.',
    }),
    lost: new Counter({
      ...common,
      name: 'fluxo_sink_position_lost_total',
      help: 'Times the store was found flushed, replaced, set back or moved by another process.',
    }),
    retries: new Counter({
      ...common,
      name: 'fluxo_sink_retries_total',
      help: 'Times the store or the cluster did not answer and was tried again.',
    }),
  };
}
