/**
 * Records of a partition from a time on, one after the other, until whoever looks has enough. Outputs stand in the order of what they came of, so whoever looks
 * knows when what it looks for cannot come any more.
 */
import { type PipelineLogs, readTopic, type TopicRecord } from '@fluxo/pipeline';
import type { TopicDefinition } from '@fluxo/schemas';

/** Brokers of a cluster do not have the very same time: so much earlier the search begins. */
const CLOCKS_APART_MS = 2_000;
const LOOKED_AT_MAX = 50_000;

export type Search = {
  readonly topic: TopicDefinition;
  readonly partition: number;
  /** Epoch milliseconds, by a broker's clock. */
  readonly fromMs: number;
  readonly visit: (record: TopicRecord) => 'go on' | 'enough';
};

/** Only what readers of committed records may see now. `limit`: it went on for too long, so what was not found may yet be there. */
export async function lookThrough(
  logs: PipelineLogs,
  { topic: { name: topic }, partition, fromMs, visit }: Search,
  signal: AbortSignal,
): Promise<'enough' | 'end' | 'limit'> {
  const from = await logs.reader.offsetAtTime(topic, partition, Math.max(0, fromMs - CLOCKS_APART_MS));
  const to = await logs.reader.stableOffset(topic, partition);
  let looked = 0;
  for await (const records of readTopic(logs, { topic, partition, from, to }, signal))
    for (const record of records) {
      if (visit(record) === 'enough') return 'enough';
      looked += 1;
      if (looked >= LOOKED_AT_MAX) return 'limit';
    }
  return 'end';
}
