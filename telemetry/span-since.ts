/** A span for something that began in the past and ends now, in the trace that it is about. */
import { trace } from '@opentelemetry/api';
import { contextOf } from './traceparent.ts';

/** `sinceMs`: epoch milliseconds. */
export function spanSince(
  name: string,
  { traceparent, sinceMs }: { readonly traceparent: string; readonly sinceMs: number },
): void {
  trace.getTracer('fluxo').startSpan(name, { startTime: sinceMs }, contextOf(traceparent)).end();
}
