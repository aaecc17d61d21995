/**
 * A topic from its beginning to its end as of now, for whoever looks at all of it: which part of each partition that is,
 * and its committed records in order.
 */
import type { LogRecord } from '@fluxo/kafka';
import type { TopicDefinition } from '@fluxo/schemas';
import type { PipelineLogs } from './pipeline-logs.ts';

/** A record as it stands in a partition. */
export type TopicRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
};

/** The offsets of one partition that are to be read: `from` up to, not including, `to`. */
export type Span = {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};

/** The offsets in these spans together. */
export function totalOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** What every partition of the topic holds now, also what is not committed yet. Fails like `PipelineLogs.partitionsOf`. */
export async function spanOf(logs: PipelineLogs, topic: TopicDefinition): Promise<readonly Span[]> {
  const partitions = await logs.partitionsOf(topic);
  return await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => ({
      topic: topic.name,
      partition,
      from: await logs.reader.startOffset(topic.name, partition),
      to: await logs.reader.endOffset(topic.name, partition),
    })),
  );
}

/** The committed records of the span, batch by batch; waits while a pending transaction holds some of them back. */
export async function* readTopic(
  logs: PipelineLogs,
  span: Span,
  signal: AbortSignal,
): AsyncGenerator<readonly TopicRecord[]> {
  if (span.from >= span.to) return;
  const { topic, partition } = span;
  for await (const records of logs.reader.read(span)) {
    signal.throwIfAborted();
    yield records.map(({ offset, timestampMs, key, value }) => ({
      topic,
      partition,
      offset,
      timestampMs,
      key,
      value,
    }));
  }
}

/** Whether there is a committed record in the span, and not only transaction markers or what was aborted. */
export async function holdsRecords(logs: PipelineLogs, span: Span): Promise<boolean> {
  for await (const records of logs.reader.read(span)) if (records.length > 0) return true;
  return false;
}

/** The first record of the span that readers of committed records may see now; null if there is none. Waits for no transaction. */
export async function firstRecord(logs: PipelineLogs, span: Span): Promise<LogRecord | null> {
  const stable = await logs.reader.stableOffset(span.topic, span.partition);
  const visible = { ...span, to: Math.min(span.to, stable) };
  for await (const [first] of logs.reader.read(visible)) if (first !== undefined) return first;
  return null;
}
