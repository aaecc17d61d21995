/**
 * How far a reader of topics is behind: per partition, the offsets between where it goes on and an end of the topic. An upper bound
 * in records, because transaction markers and records that compaction removed have offsets too.
 */
import type { TopicDefinition } from '@fluxo/schemas';
import type { StackKafka } from './stack-connection.ts';
import { type Span, spanOf } from './topic-reader.ts';

/** What of a partition is left to its reader. */
export type Lag = Span;

/** Topic → partition → the offset a reader goes on at. */
export type Positions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What is left of these spans for a reader at these positions; a partition without one has not been read at all. */
export function lagsBehind(spans: readonly Span[], positions: Positions): readonly Lag[] {
  return spans
    .map((span) => ({
      ...span,
      from: Math.max(span.from, positions.get(span.topic)?.get(span.partition) ?? 0),
    }))
    .filter(({ from, to }) => from < to);
}

/** Everything these topics hold now. */
export async function spansOf(
  kafka: StackKafka,
  topics: readonly TopicDefinition[],
): Promise<readonly Span[]> {
  return (await Promise.all(topics.map((topic) => spanOf(kafka, topic)))).flat();
}
