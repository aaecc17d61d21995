/**
 * What the relay adds to a delivery so that the trace of a request goes on: the header that names it, on the records of recorded traces, and one span for the
 * delivery, a child of the first of them and linked to the others. Sent again, a record says the same as at first.
 */
import type { Delivery } from '@fluxo/producers';
import { TRACE_HEADER, topics } from '@fluxo/schemas';
import { BatchSpan } from '@fluxo/telemetry';
import type { OutboxRow } from './outbox.ts';

type Traced = Pick<OutboxRow, 'traceparent'>;

/** The delivery of these rows, in their order, with what they say of traces. */
export function withTraces(delivery: Delivery, rows: readonly Traced[]): Delivery {
  return delivery.map((message, index) => {
    const traceparent = rows[index]?.traceparent ?? null;
    return traceparent === null ? message : { ...message, headers: { [TRACE_HEADER]: traceparent } };
  });
}

export function spanOf(rows: readonly Traced[]): BatchSpan {
  const span = new BatchSpan({ verb: 'send', topic: topics.submissions.name, records: rows.length });
  for (const { traceparent } of rows) if (traceparent !== null) span.add(traceparent);
  return span;
}
