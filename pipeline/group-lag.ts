/**
 * The lag of consumer groups by partition, in offsets and in time. How far behind is the notion of `lag.ts`; how long is the age of the
 * oldest record the group has not taken: what a person waits for. A pending transaction has no age yet, because nobody may see its records.
 */
import type { GroupBody, GroupPartitionBody } from '@fluxo/schemas';
import { type Positions, spanLag } from './lag.ts';
import type { PipelineLogs } from './pipeline-logs.ts';
import type { Stage } from './stages.ts';
import { firstRecord, type Span, spanOf } from './topic-reader.ts';

/** How far behind this stage is. `nowMs` in epoch milliseconds. Fails like `PipelineLogs.partitionsOf` if the topic does not exist. */
export async function groupLag(logs: PipelineLogs, stage: Stage, nowMs: () => number): Promise<GroupBody> {
  return await lagOver(logs, stage, { spans: await spanOf(logs, stage.reads), nowMs });
}

/** The same over these spans of its topic: for whoever has asked for them already. */
export async function lagOver(
  logs: PipelineLogs,
  stage: Stage,
  { spans, nowMs }: { readonly spans: readonly Span[]; readonly nowMs: () => number },
): Promise<GroupBody> {
  const positions = await logs.committed(stage);
  const partitions = await Promise.all(spans.map((span) => partitionLag(logs, { span, positions, nowMs })));
  const ages = partitions.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  return {
    group: stage.groupId,
    topic: stage.reads.name,
    behind: partitions.reduce((sum, { behind }) => sum + behind, 0),
    seconds: ages.length === 0 ? null : Math.max(...ages),
    partitions,
  };
}

type Question = { readonly span: Span; readonly positions: Positions; readonly nowMs: () => number };

async function partitionLag(
  logs: PipelineLogs,
  { span, positions, nowMs }: Question,
): Promise<GroupPartitionBody> {
  const { topic, partition, to: end } = span;
  const left = spanLag(span, positions);
  const oldest = left.from < left.to ? await firstRecord(logs, left) : null;
  return {
    partition,
    committed: positions.get(topic)?.get(partition) ?? null,
    end,
    behind: left.to - left.from,
    seconds: oldest === null ? null : Math.max(0, Math.round((nowMs() - oldest.timestampMs) / 1_000)),
  };
}
