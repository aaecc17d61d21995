/**
 * The raw topics as the judge reads them: where a partition begins and ends, its committed records in order, and how far the
 * processor says it has come. `kafka-logs.ts` is the real one; tests judge logs in memory.
 */
import type { LogRecord } from '@fluxo/kafka';

export interface AuditLogs {
  /** How many partitions every topic has. */
  partitions(): Promise<number>;
  /** The first offset still in the log. */
  startOffset(topic: string, partition: number): Promise<number>;
  /** The end with everything uncommitted (the high watermark). */
  endOffset(topic: string, partition: number): Promise<number>;
  /**
   * Committed records (read_committed) from `from` up to, not including, `to`, in batches; waits while a pending transaction holds
   * some of them back. Fails with Kafka's `offset-out-of-range` where the log does not have the next position any more.
   */
  read(range: LogRange): AsyncIterable<readonly LogRecord[]>;
  /** The submission the processor goes on at in this partition, as committed; null if it has never committed one. */
  committed(partition: number): Promise<number | null>;
}

export type LogRange = {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};
