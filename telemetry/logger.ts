/** Structured logs of a process: one JSON object a line on standard error, so that standard output stays free for results. */
import { type Logger, pino } from 'pino';

export type { Logger };

/** A logger that names the process on every line. `FLUXO_LOG_LEVEL` sets how much it says (default `info`). */
export function createLogger(name: string, level = process.env['FLUXO_LOG_LEVEL'] ?? 'info'): Logger {
  return pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
