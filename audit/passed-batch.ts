/**
 * A log read past a batch that nobody can read, where an operator has led the processor past it as well (reliability.md, section 8). What its
 * records said is not known to anybody, so nothing may have come of them: a batch that was damaged after it had been processed is not passed.
 */
import { type LogRecord, UnreadablePartition } from '@fluxo/kafka';
import type { AuditLogs, LogRange } from './logs.ts';
import { readResuming } from './resumed-read.ts';

/** Offsets of submissions, both included. */
export type PassedBatch = { readonly baseOffset: number; readonly lastOffset: number };

/** Like `logs.read`, but for batches that `mayPass`. */
export function readPast(
  logs: AuditLogs,
  range: LogRange,
  mayPass: (batch: PassedBatch) => Promise<boolean>,
): AsyncIterable<readonly LogRecord[]> {
  return readResuming(logs, range, async (error, offset) => {
    if (!(error instanceof UnreadablePartition) || error.batch === null) throw error;
    const { baseOffset, lastOffset } = error.batch;
    if (lastOffset < offset || !(await mayPass({ baseOffset, lastOffset }))) throw error;
    return lastOffset + 1;
  });
}
