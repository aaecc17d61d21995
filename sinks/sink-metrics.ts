/** A sink loop's observer as metrics and log lines: what an operator sees of a sink. */
import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fluxo/telemetry';
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
    const { assigned, written, refused, seconds, records, lost, retries } = this.#metrics;
    // Shown from the start: of a counter that begins with 1 nobody can say that it has grown.
    for (const counter of [written, refused, lost, retries]) counter.inc({ topic }, 0);
    return {
      assigned: (partitions) => {
        assigned.set({ topic }, partitions.length);
        this.#log.info({ topic, partitions }, 'assigned');
      },
      connected: (positions) =>
        this.#log.info({ topic, positions: Object.fromEntries(positions) }, 'the store stands here'),
      wrote: (count, done) => {
        written.inc({ topic }, count.written);
        refused.inc({ topic }, count.refused);
        seconds.observe({ topic }, done.durationMs / 1_000);
        records.observe({ topic }, done.records);
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
    seconds: new Histogram({
      ...common,
      name: 'fluxo_sink_write_seconds',
      help: 'A write that the store has acknowledged.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    }),
    records: new Histogram({
      ...common,
      name: 'fluxo_sink_write_records',
      help: 'Records per write.',
      buckets: [1, 10, 100, 500, 1_000, 2_000],
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
