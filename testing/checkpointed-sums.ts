/**
 * The summing topology once more, restored from the log of what it posted, whose beginning a checkpoint may hold; and a judge that
 * finds out at every restore whether a checkpoint stood for more than was in it.
 */
import type { Topology } from '../streams/engine/topology.ts';
import { json, POSTED, parse, SUMS, type SumState, sumTopology } from './summing-members.ts';

export const checkpointedSums: Topology<SumState> = {
  ...sumTopology,
  restore: [
    {
      topic: POSTED,
      from: () => 'start',
      apply: (state, record) => {
        const { key, count, sum } = parse(record.value);
        const before = state.sums.get(key)?.count ?? 0;
        if (count > before + 1) throw new Error(`a gap: ${key} goes on from ${before} to ${count}`);
        if (count > before) state.set(key, { count, sum });
      },
      checkpoint: {
        format: 'sums',
        save: (state) => [json([...state.sums])],
        load: async (state, blocks) => {
          for await (const block of blocks)
            for (const [key, sum] of JSON.parse(Buffer.from(block).toString()) as [string, never][])
              state.set(key, sum);
        },
      },
    },
    // Nothing comes of it, but a transaction still open must have ended.
    { topic: SUMS, from: () => 'start', apply: () => {} },
  ],
};
