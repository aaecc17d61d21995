/**
 * Rejections newest first. A log is read forwards only, so each partition is read backwards in pieces, and the pieces are merged by the broker's time.
 * Where a page ends is said by the offset up to which each partition has not been looked at yet: whatever is refused meanwhile stands above it.
 */
import { topics } from '@fluxo/schemas';
import { Backwards } from '../backwards.ts';
import type { PipelineLogs } from '../pipeline-logs.ts';
import { type Span, spanOf, type TopicRecord } from '../topic-reader.ts';
import {
  type FoundRejection,
  openRejectionCodecs,
  passes,
  type RejectionFilter,
  rejectionIn,
  since,
} from './found-rejection.ts';

/** Rejections one page looks at; a filter that few of them pass makes it a short one. */
const LOOKED_AT_MAX = 10_000;

export type RejectionPage = {
  readonly rejections: readonly FoundRejection[];
  /** By partition the offset before which the next page goes on; null: there is nothing more. */
  readonly next: readonly number[] | null;
};

type PageWish = {
  readonly filter: RejectionFilter;
  /** `next` of the page before; null: from the end. */
  readonly ends: readonly number[] | null;
  readonly limit: number;
};

export async function newestRejections(
  logs: PipelineLogs,
  { filter, ends, limit }: PageWish,
  signal: AbortSignal,
): Promise<RejectionPage> {
  const codecs = await openRejectionCodecs(logs);
  const partitions = (await visibleSpans(logs, filter, ends)).map(
    (span) => new Backwards(logs, span, signal),
  );
  const rejections: FoundRejection[] = [];
  for (let looked = 0; looked < LOOKED_AT_MAX && rejections.length < limit; looked += 1) {
    const record = await takeNewest(partitions);
    if (record === null) return { rejections, next: null };
    const found = rejectionIn(record, codecs);
    if (found !== null && passes(found, filter)) rejections.push(found);
  }
  return { rejections, next: partitions.map(({ end }) => end) };
}

/** What readers of committed records may see now of what was not shown yet; waits for no transaction. */
async function visibleSpans(
  logs: PipelineLogs,
  { sinceMs }: RejectionFilter,
  ends: readonly number[] | null,
): Promise<readonly Span[]> {
  const spans = await since(logs, sinceMs, await spanOf(logs, topics.rejections));
  return await Promise.all(
    spans.map(async (span) => {
      const stable = await logs.reader.stableOffset(span.topic, span.partition);
      const to = Math.min(stable, ends?.[span.partition] ?? stable);
      return { ...span, from: Math.min(span.from, to), to };
    }),
  );
}

async function takeNewest(partitions: readonly Backwards[]): Promise<TopicRecord | null> {
  await Promise.all(partitions.map((partition) => partition.fill()));
  const [newest] = partitions
    .filter(({ head }) => head !== undefined)
    .toSorted((a, b) => (b.head?.timestampMs ?? 0) - (a.head?.timestampMs ?? 0));
  return newest?.take() ?? null;
}
