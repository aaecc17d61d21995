/**
 * How far a reader of topics is behind: per partition, the offsets between where it goes on and an end of the topic. An upper bound
 * in records, because transaction markers and records that compaction removed have offsets too.
 */
import type { TopicDefinition } from '@fluxo/schemas';
import type { PipelineLogs } from './pipeline-logs.ts';
import { type Span, spanOf } from './topic-reader.ts';

/** What of a partition is left to its reader. */
export type Lag = Span;

/** Topic → partition → the offset a reader goes on at. */
export type Positions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What is left of this span for a reader at these positions, and be it nothing; a partition without one has not been read at all. */
export function spanLag({ topic, partition, from, to }: Span, positions: Positions): Lag {
  const position = positions.get(topic)?.get(partition) ?? 0;
  return { topic, partition, from: Math.min(to, Math.max(from, position)), to };
}

/** What is left of these spans, without those that are read. */
export function lagsBehind(spans: readonly Span[], positions: Positions): readonly Lag[] {
  return spans.map((span) => spanLag(span, positions)).filter(({ from, to }) => from < to);
}

/** Everything these topics hold now. */
export async function spansOf(
  logs: PipelineLogs,
  topics: readonly TopicDefinition[],
): Promise<readonly Span[]> {
  return (await Promise.all(topics.map((topic) => spanOf(logs, topic)))).flat();
}
