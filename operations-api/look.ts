/** One look at the pipeline: what every topic holds, and how far every group that reads them is. It takes a request for each figure, so it is not for every page that is opened. */
import {
  dynamodbSinks,
  lagOver,
  type PipelineLogs,
  processor,
  type Span,
  type Stage,
  sinks,
  spanOf,
} from '@fluxo/pipeline';
import { allTopics, type GroupBody, type TopicBody, type TopicDefinition } from '@fluxo/schemas';

export type Look = {
  /** When it began, epoch milliseconds. */
  readonly atMs: number;
  readonly topics: readonly TopicBody[];
  readonly groups: readonly GroupBody[];
};

/** Fails like `PipelineLogs`; what it has found out by then is nothing. */
export async function lookAt(logs: PipelineLogs, nowMs: () => number): Promise<Look> {
  const atMs = nowMs();
  const spans = new Map<TopicDefinition, readonly Span[]>();
  for (const topic of allTopics) spans.set(topic, await spanOf(logs, topic));
  const groups: GroupBody[] = [];
  for (const stage of [processor, ...sinks, ...dynamodbSinks]) {
    const lag = await lagOver(logs, stage, { spans: spans.get(stage.reads) ?? [], nowMs });
    if (isHere(stage, lag)) groups.push(lag);
  }
  const topics: TopicBody[] = [];
  for (const [topic, held] of spans) topics.push(await topicBody(logs, topic, held));
  return { atMs, topics, groups };
}

/** A stack without a DynamoDB has no sinks for it: they are there once they have committed anything. */
function isHere(stage: Stage, { partitions }: GroupBody): boolean {
  return !dynamodbSinks.includes(stage) || partitions.some(({ committed }) => committed !== null);
}

async function topicBody(
  { reader }: PipelineLogs,
  { name }: TopicDefinition,
  spans: readonly Span[],
): Promise<TopicBody> {
  const partitions = await Promise.all(
    spans.map(async ({ partition, from, to }) => ({
      partition,
      begin: from,
      end: to,
      // Asked after the end, so it may be beyond it.
      stable: Math.min(to, await reader.stableOffset(name, partition)),
    })),
  );
  return { topic: name, partitions };
}
