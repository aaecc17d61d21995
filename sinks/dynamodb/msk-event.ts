/**
 * What Lambda's event source mapping for Kafka (MSK, or a cluster of one's own) hands over, taken apart strictly: records come grouped by
 * "topic-partition", key and value in base64. A mapping repeats a batch until it succeeds, so whatever cannot be read is refused as a
 * whole and by name; nothing is skipped.
 */
import type { MSKEvent } from 'aws-lambda';
import type { LogRecord } from '../engine/ports.ts';
import { SinkRefusedError } from '../engine/sink.ts';

/** The records of one partition, in the order of their offsets. */
export type MskBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  /** The greatest time of a record, epoch milliseconds. */
  readonly lastTimestampMs: number;
};

/** The same of a cluster of one's own says `SelfManagedKafka` where MSK's says `aws:kafka`; nothing else differs. */
export type KafkaEvent = { readonly records: MSKEvent['records'] };

type Handed = MSKEvent['records'][string][number];

export function batchesOf(event: KafkaEvent): readonly MskBatch[] {
  return Object.values(event.records)
    .filter((records) => records.length > 0)
    .map((handed) => {
      const records = handed.toSorted((a, b) => a.offset - b.offset);
      const [{ topic, partition }] = records as [Handed];
      return {
        topic,
        partition,
        records: records.map(logRecordOf),
        nextOffset: (records.at(-1) as Handed).offset + 1,
        lastTimestampMs: Math.max(...records.map(({ timestamp }) => timestamp)),
      };
    });
}

function logRecordOf(handed: Handed): LogRecord {
  return {
    offset: handed.offset,
    key: bytesOf(handed, 'key'),
    value: bytesOf(handed, 'value'),
  };
}

/** Null for what is absent: a deletion has no value. Buffer.from would take anything for base64 and leave out what is none. */
function bytesOf(handed: Handed, field: 'key' | 'value'): Buffer | null {
  const text = handed[field] as string | null | undefined;
  if (text === null || text === undefined) return null;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  throw new SinkRefusedError(
    `the ${field} at offset ${handed.offset} of partition ${handed.partition} of ${handed.topic} is not base64: this is not what an event source mapping for Kafka hands over.`,
  );
}
