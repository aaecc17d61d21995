/**
 * A log as a broker hands it out, with a trace on some of its submissions, and a processor's way through it without Kafka: batches read, records folded in
 * transactions, outputs written as batches. With traces the fold is watched as in production, without it is not.
 */
import { openLocalCodecs, type TopicCodecs, traceparentOf } from '@fluxo/kafka';
import { TRACE_HEADER } from '@fluxo/schemas';
import type { FoldInput } from '@fluxo/streams';
import { TransactionBatches } from '../kafka/outgoing-batches.ts';
import { type LogRecord, readRecords, recordBatches } from '../kafka/record-batch-reader.ts';
import { sampleBatch } from '../kafka/record-batch-samples.ts';
import type { EngineObserver } from '../streams/engine/observer.ts';
import { tracedParts } from '../streams/traced-parts.ts';
import { BATCH, logOf, MemoryFold } from './memory-fold.ts';
import { standardWorkload } from './workload.ts';

const PARTITIONS = 12;
const END_MS = Date.UTC(2026, 9, 1, 15);
const PRODUCER = { producerId: 1, producerEpoch: 0 };

export type Traces = { readonly traceparent: string; readonly every: number };

/** What one transaction reads: of each partition a batch, as bytes. */
type Fetched = readonly { readonly partition: number; readonly bytes: Buffer }[];

const silent = { committed: () => undefined } as unknown as EngineObserver;

export class TracedLog {
  readonly #codecs: TopicCodecs;
  readonly #transactions: readonly Fetched[];
  readonly #isTraced: boolean;

  private constructor(codecs: TopicCodecs, transactions: readonly Fetched[], isTraced: boolean) {
    this.#codecs = codecs;
    this.#transactions = transactions;
    this.#isTraced = isTraced;
  }

  /** The standard workload of so many entries; one of `every` submissions is traced. */
  static async open(entries: number, traces: Traces | null): Promise<TracedLog> {
    const codecs = await openLocalCodecs();
    const inputs = logOf(codecs, standardWorkload(entries, END_MS), PARTITIONS);
    const transactions: Fetched[] = [];
    for (let at = 0; at < inputs.length; at += BATCH) transactions.push(batchesOf(inputs, at, traces));
    return new TracedLog(codecs, transactions, traces !== null);
  }

  /** Folds all of it from nothing. */
  async fold(): Promise<void> {
    let observer = silent;
    const fold = new MemoryFold(this.#codecs, PARTITIONS, (topology) => {
      if (!this.#isTraced) return topology;
      const watched = tracedParts({ topology, observer: silent }, traceparentOf);
      observer = watched.observer;
      return watched.topology;
    });
    for (const fetched of this.#transactions) {
      const inputs = inputsOf(fetched);
      const outputs = await fold.transaction(inputs);
      new TransactionBatches().encode(outputs, PRODUCER, END_MS);
      observer.committed({ records: inputs.length, outputs: outputs.length, outputBytes: 0, durationMs: 0 });
    }
  }
}

function batchesOf(inputs: readonly FoldInput[], from: number, traces: Traces | null): Fetched {
  const parts = Map.groupBy(inputs.slice(from, from + BATCH), ({ partition }) => partition);
  return [...parts].map(([partition, part]) => {
    const records = part.map(({ record: { offset, key, value } }) => ({
      key,
      value,
      headers:
        traces !== null && offset % traces.every === 0 ? { [TRACE_HEADER]: traces.traceparent } : undefined,
    }));
    const { offset: baseOffset, timestampMs } = (part[0] as FoldInput).record;
    return { partition, bytes: sampleBatch({ baseOffset, records, logAppendTimeMs: timestampMs }) };
  });
}

function inputsOf(fetched: Fetched): readonly FoldInput[] {
  return fetched.flatMap(({ partition, bytes }) => {
    const records: LogRecord[] = [];
    for (const batch of recordBatches(bytes)) readRecords(batch, { from: 0, to: Infinity }, records);
    return records.map((record) => ({ partition, record }));
  });
}
