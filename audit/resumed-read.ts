/** A log read past what cannot be read, where there is a place behind it to go on at. */
import type { LogRecord } from '@fluxo/kafka';
import type { AuditLogs, LogRange } from './logs.ts';

/** Like `logs.read`. `resumeAt` is told what failed and at which offset, and says where to go on, behind it, or fails itself. */
export async function* readResuming(
  logs: AuditLogs,
  range: LogRange,
  resumeAt: (error: unknown, offset: number) => Promise<number>,
): AsyncGenerator<readonly LogRecord[]> {
  let { from } = range;
  for (;;)
    try {
      for await (const records of logs.read({ ...range, from })) {
        from = (records.at(-1)?.offset ?? from - 1) + 1;
        yield records;
      }
      return;
    } catch (error) {
      from = await resumeAt(error, from);
    }
}
