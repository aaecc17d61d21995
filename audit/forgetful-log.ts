/**
 * A topic that forgets (`retentionMs`), read while it does so: what retention removes before it is read is passed over, and the reader is
 * told. Not for topics that are kept for ever: there the same failure is a loss, and must end the audit.
 */
import { KafkaFailure, type LogRecord } from '@fluxo/kafka';
import type { AuditLogs, LogRange } from './logs.ts';
import { readResuming } from './resumed-read.ts';

/** Like `logs.read`. `onGone` is called with the offset it goes on at, before what stands there is handed out. Fails like the logs. */
export function readForgetful(
  logs: AuditLogs,
  range: LogRange,
  onGone: (start: number) => void,
): AsyncIterable<readonly LogRecord[]> {
  return readResuming(logs, range, async (error, offset) => {
    if (!(error instanceof KafkaFailure) || error.code !== 'offset-out-of-range') throw error;
    const start = await logs.startOffset(range.topic, range.partition);
    // A log that begins no later has lost its end, not its beginning.
    if (start <= offset) throw error;
    onGone(start);
    return start;
  });
}
