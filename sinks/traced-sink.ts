/**
 * A sink with a span for each write that holds records of recorded traces: a child of the first, linked to the others. The sink itself and its loop know
 * nothing of this.
 */
import { BatchSpan } from '@fluxo/telemetry';
import type { LogRecord } from './engine/ports.ts';
import type { Sink, SinkBatch, WriteCount } from './engine/sink.ts';

export class TracedSink implements Sink {
  readonly #sink: Sink;
  readonly #topic: string;
  readonly #traceparentOf: (record: LogRecord) => string | null;

  /** `traceparentOf`: the recorded trace that a record names; null: none. */
  constructor(sink: Sink, topic: string, traceparentOf: (record: LogRecord) => string | null) {
    this.#sink = sink;
    this.#topic = topic;
    this.#traceparentOf = traceparentOf;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#sink.connect(partitions);
  }

  write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    return this.#spanOf(batches).around(() => this.#sink.write(batches));
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  #spanOf(batches: readonly SinkBatch[]): BatchSpan {
    const records = batches.flatMap((batch) => batch.records);
    const span = new BatchSpan({ verb: 'process', topic: this.#topic, records: records.length });
    for (const record of records) {
      const traceparent = this.#traceparentOf(record);
      if (traceparent !== null) span.add(traceparent);
    }
    return span;
  }
}
