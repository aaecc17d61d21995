/**
 * The processor with a span for each transaction that holds submissions of recorded traces: a child of the first, linked to the others. What comes of such a submission
 * carries its `traceparent` on: its ledger record or refusal, and every document of its merchant that the same transaction publishes, which are those it
 * has moved and perhaps others. Records of no trace, which are nearly all, go their way as they would without; the fold itself knows nothing of this.
 */
import { TRACE_HEADER, topics } from '@fluxo/schemas';
import { BatchSpan } from '@fluxo/telemetry';
import type { EngineObserver } from './engine/observer.ts';
import type { LogRecord, RecordHeaders } from './engine/ports.ts';
import type { Output, Topology, TransactionalState } from './engine/topology.ts';

/** What of a processor is watched. */
type WatchedParts<State extends TransactionalState> = {
  readonly topology: Topology<State>;
  readonly observer: EngineObserver;
};

/** The recorded trace that a record names; null: none. */
type TraceparentOf = (record: LogRecord) => string | null;

/** Between the merchant and the date in the key of a document. */
const SEPARATOR = '|'.charCodeAt(0);

/** The same parts, watched. */
export function tracedParts<State extends TransactionalState, Parts extends WatchedParts<State>>(
  parts: Parts & WatchedParts<State>,
  traceparentOf: TraceparentOf,
): Parts {
  const span = new BatchSpan({ verb: 'process', topic: topics.submissions.name });
  const topology = tracedTopology(parts.topology, traceparentOf, span);
  return { ...parts, topology, observer: tracedObserver(parts.observer, span) };
}

function tracedTopology<State extends TransactionalState>(
  topology: Topology<State>,
  traceparentOf: TraceparentOf,
  span: BatchSpan,
): Topology<State> {
  /** By merchant: of the task that is being processed, until it is flushed. */
  const traced = new Map<string, RecordHeaders>();
  return {
    ...topology,
    process(state, record, out) {
      const traceparent = traceparentOf(record);
      if (traceparent === null) return topology.process(state, record, out);
      const headers = { [TRACE_HEADER]: traceparent };
      span.add(traceparent);
      if (record.key !== null) traced.set(textOf(record.key), headers);
      topology.process(
        state,
        record,
        withHeaders(out, () => headers),
      );
    },
    flush(state, out) {
      if (traced.size === 0) return topology.flush(state, out);
      topology.flush(
        state,
        withHeaders(out, (key) => (key === null ? undefined : traced.get(merchantIn(key)))),
      );
      traced.clear();
    },
  };
}

function withHeaders(out: Output, headersOf: (key: Uint8Array | null) => RecordHeaders | undefined): Output {
  return { emit: (topic, key, value) => out.emit(topic, key, value, headersOf(key)) };
}

/** The key of a merchant or of a document begins with the merchant. Asked for every document of a transaction with a trace. */
function merchantIn(key: Uint8Array): string {
  const end = key.indexOf(SEPARATOR);
  return textOf(key, end < 0 ? key.length : end);
}

function textOf(key: Uint8Array, end = key.length): string {
  return (Buffer.isBuffer(key) ? key : Buffer.from(key)).toString('latin1', 0, end);
}

/** A transaction that failed ends its span as failed, whatever became of it: what was not committed is processed again, in another. */
function tracedObserver(observer: EngineObserver, span: BatchSpan): EngineObserver {
  return {
    ...observer,
    committed(done) {
      span.end({ 'messaging.batch.message_count': done.records, 'fluxo.published_records': done.outputs });
      observer.committed(done);
    },
    settled(done) {
      span.within(() => observer.settled(done));
      span.fail(done.cause, { 'fluxo.outcome': done.outcome });
    },
  };
}
