/**
 * Structured logs of a process: one JSON object a line on standard error, so that standard output stays free for results. A line that is written
 * while something traced is done names its trace; where traces go to a collector, the same lines go there as well.
 */
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';
import { exportLine } from './exported-line.ts';
import { isTracing } from './tracing.ts';

export type { Logger };

/** A logger that names the process on every line. `FLUXO_LOG_LEVEL` sets how much it says (default `info`). */
export function createLogger(name: string, level = process.env['FLUXO_LOG_LEVEL'] ?? 'info'): Logger {
  const form = { name, level, timestamp: pino.stdTimeFunctions.isoTime, mixin: traceOfNow };
  const hooks = isTracing() ? { hooks: { streamWrite: exportLine } } : {};
  return pino({ ...form, ...hooks }, pino.destination(2));
}

function traceOfNow(): object {
  const now = trace.getActiveSpan()?.spanContext();
  return now !== undefined && isSpanContextValid(now) ? { trace_id: now.traceId, span_id: now.spanId } : {};
}
