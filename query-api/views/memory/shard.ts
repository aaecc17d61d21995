/**
 * Which partitions of the topics a process holds in memory: all of them, or those that FLUXO_QUERY_PARTITIONS names. A network that does not
 * fit into one process's memory is held by several; each still answers for every merchant, for those of the others from the views behind.
 */
import { partitionOf } from '@fluxo/schemas';

export type Shard = {
  /** Ascending. */
  readonly partitions: readonly number[];
  readonly isWhole: boolean;
  /** Whether this merchant's documents are in these partitions. */
  readonly holds: (merchantId: string) => boolean;
};

const LIST = /^\d{1,6}(?:-\d{1,6})?(?:,\d{1,6}(?:-\d{1,6})?)*$/;

/** `text`: numbers and ranges, such as `0-5,9`; absent or empty: all. Throws, saying what is wrong with it. */
export function shardOf(text: string | undefined, partitions: number): Shard {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  if (text === undefined || text === '') return { partitions: all, isWhole: true, holds: () => true };
  const wanted = new Set(LIST.test(text) ? text.split(',').flatMap(rangeOf) : [Number.NaN]);
  if (![...wanted].every((partition) => partition < partitions))
    throw new Error(
      `FLUXO_QUERY_PARTITIONS is ${JSON.stringify(text)}: it must list partitions from 0 to ${partitions - 1}, such as "0-${partitions - 1}" or "0,2".`,
    );
  return {
    partitions: all.filter((partition) => wanted.has(partition)),
    isWhole: wanted.size === partitions,
    holds: (merchantId) => wanted.has(partitionOf(Buffer.from(merchantId), partitions)),
  };
}

/** `3` or `2-5`; one that runs backwards names a partition that no topic has. */
function rangeOf(text: string): readonly number[] {
  const [first = 0, last = first] = text.split('-').map(Number);
  if (last < first) return [Number.NaN];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
