/**
 * Rejections newest first. A log is read forwards only, so each partition is read backwards in pieces, and the pieces are merged by the broker's time.
 * Where a page ends is said by the offset up to which each partition has not been looked at yet: whatever is refused meanwhile stands above it.
 */
import { topics } from '@fluxo/schemas';
import type { PipelineLogs } from '../pipeline-logs.ts';
import { readTopic, type Span, spanOf, type TopicRecord } from '../topic-reader.ts';
import {
  type FoundRejection,
  openRejectionCodecs,
  passes,
  type RejectionFilter,
  rejectionIn,
  since,
} from './found-rejection.ts';

const PIECE_OFFSETS = 500;
/** Rejections one page looks at; a filter that few of them pass makes it a short one. */
const LOOKED_AT_MAX = 10_000;

export type RejectionPage = {
  readonly rejections: readonly FoundRejection[];
  /** By partition the offset before which the next page goes on; null: there is nothing more. */
  readonly next: readonly number[] | null;
};

export type PageWish = {
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

/** One partition from its end to its beginning. */
class Backwards {
  readonly #logs: PipelineLogs;
  readonly #signal: AbortSignal;
  readonly #span: Span;
  /** In the order of the log: the next one is the last. */
  #piece: TopicRecord[] = [];
  #pieceFrom: number;
  #end: number;

  constructor(logs: PipelineLogs, span: Span, signal: AbortSignal) {
    this.#logs = logs;
    this.#signal = signal;
    this.#span = span;
    this.#pieceFrom = span.to;
    this.#end = span.to;
  }

  /** Everything from here on has been taken. */
  get end(): number {
    return this.#end;
  }

  get head(): TopicRecord | undefined {
    return this.#piece.at(-1);
  }

  /** Reads on until there is a head, or nothing is left. */
  async fill(): Promise<void> {
    while (this.#piece.length === 0 && this.#pieceFrom > this.#span.from) {
      const to = this.#pieceFrom;
      const from = Math.max(this.#span.from, to - PIECE_OFFSETS);
      for await (const records of readTopic(this.#logs, { ...this.#span, from, to }, this.#signal))
        this.#piece.push(...records);
      this.#pieceFrom = from;
    }
  }

  take(): TopicRecord | undefined {
    const record = this.#piece.pop();
    this.#end = record?.offset ?? this.#span.from;
    return record;
  }
}
