/**
 * Of a run of records the ones that compaction would leave. A compacted topic that was written a moment ago still holds every
 * version of a value; only the last one is worth decoding.
 */
import type { LogRecord } from './ports.ts';

/** Of each key the last record, in order; records without a key as they are. */
export function lastOfEachKey(records: readonly LogRecord[]): readonly LogRecord[] {
  const seen = new Set<string>();
  const last: LogRecord[] = [];
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index] as LogRecord;
    const { key } = record;
    if (key !== null) {
      const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
      if (seen.has(text)) continue;
      seen.add(text);
    }
    last.push(record);
  }
  return last.toReversed();
}
