/**
 * Where a piece of work belongs in a trace, as the text that travels: the `traceparent` of W3C Trace Context, in HTTP headers, in the outbox and
 * in the headers of Kafka records. Only traces that are recorded travel beyond a request, so whoever finds one has something to add.
 */
import { type Context, context, propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';

/** The context that this text names; an empty one if it names none. */
export function contextOf(traceparent: string): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** For a request to another process: the trace that this work belongs to, recorded or not; null: to none. */
export function activeTraceparent(): string | null {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

/** For what is kept or published: null also where the trace is not recorded. */
export function recordedTraceparent(): string | null {
  const flags = trace.getActiveSpan()?.spanContext().traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) === 0 ? null : activeTraceparent();
}
