/** A line of the log as a log record of OpenTelemetry, by its data model: the SDK sends it where the traces go. */
import { context, type LogRecord, logs, SeverityNumber } from '@opentelemetry/api';

/** By pino's numbers. */
const severities: Readonly<Record<number, readonly [SeverityNumber, string]>> = {
  10: [SeverityNumber.TRACE, 'TRACE'],
  20: [SeverityNumber.DEBUG, 'DEBUG'],
  30: [SeverityNumber.INFO, 'INFO'],
  40: [SeverityNumber.WARN, 'WARN'],
  50: [SeverityNumber.ERROR, 'ERROR'],
  60: [SeverityNumber.FATAL, 'FATAL'],
};

/** What pino, the resource and the context say anyway. */
type Line = NonNullable<LogRecord['attributes']> & {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
};

/** Hands the line on and returns it unchanged. Which trace it belongs to, the SDK takes from the context. */
export function exportLine(line: string): string {
  const { level, time, msg = '', name: _, pid: __, hostname: ___, ...attributes } = JSON.parse(line) as Line;
  const [severityNumber, severityText] = severities[level] ?? [SeverityNumber.UNSPECIFIED, ''];
  logs.getLogger('fluxo').emit({
    severityNumber,
    severityText,
    timestamp: Date.parse(time),
    body: msg,
    attributes,
    context: context.active(),
  });
  return line;
}
