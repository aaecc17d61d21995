/**
 * A broker that dies while it ends a transaction may leave offsets and outputs at odds (reliability.md section 6). Whatever it left,
 * nothing may be counted twice: the member refuses, or waits and says so.
 */
import { describe, expect, test } from '@jest/globals';
import { InMemoryCluster, tick } from '../../testing/in-memory-cluster.ts';
import {
  append,
  committedOf,
  Member,
  PARTITIONS,
  POSTED,
  parse,
  type SumState,
  silent,
  sumTopology,
  turns,
  until,
} from '../../testing/summing-members.ts';
import { failureCodeOf } from './errors.ts';
import type { EngineObserver } from './observer.ts';
import type { Topology } from './topology.ts';

describe('a broker that dies in the middle of ending a transaction', () => {
  /** What a restore of the ledger does: results of offsets that are not committed cannot be right. */
  const careful: Topology<SumState> = {
    ...sumTopology,
    restore: [
      {
        topic: POSTED,
        from: () => 'start',
        apply: (state, record) => {
          state.lastOffset = Math.max(state.lastOffset, parse(record.value).offset);
        },
      },
      ...sumTopology.restore,
    ],
    restored: (state, committed) => {
      if (state.lastOffset >= (committed ?? 0)) throw new Error('results beyond the committed offset');
    },
  };

  /** Makes the end of the first transaction with outputs fail; those before hold notes. */
  async function failCommit(cluster: InMemoryCluster, fault: 'torn' | 'forgotten'): Promise<void> {
    await until(() => cluster.log(POSTED, 0).length > 0);
    cluster.failNext('end', fault);
  }

  test('outputs committed, offsets not: it refuses instead of counting twice', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    for (let n = 0; n < 5; n++) append(cluster, n);
    const member = new Member(cluster, 'm', careful);
    await failCommit(cluster, 'torn');
    await turns(300);
    expect(String(await member.stop())).toContain('results beyond the committed offset');
    expect(cluster.faultsLeft).toBe(0);
    // A take-over begins with one record of each partition.
    expect(committedOf(cluster, POSTED)).toHaveLength(PARTITIONS);
  });

  test('outputs left open, offsets not committed: it waits and says so, and builds nothing upon them', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    const retried: { what: string; error: unknown }[] = [];
    for (let n = 0; n < 5; n++) append(cluster, n);
    const observer: EngineObserver = { ...silent, retrying: (what, error) => retried.push({ what, error }) };
    const member = new Member(cluster, 'm', careful, { observer });
    await failCommit(cluster, 'forgotten');
    await until(() => cluster.faultsLeft === 0);
    for (let turn = 0; turn < 200; turn++) {
      cluster.nowMs += 1_000;
      await tick();
    }
    await member.stop();
    expect(committedOf(cluster, POSTED)).toEqual([]);
    const pending = retried.filter(({ error }) => failureCodeOf(error) === 'transaction-pending');
    expect(pending.length).toBeGreaterThan(2);
    // Each partition says so every thirty seconds.
    for (const said of Map.groupBy(retried, ({ what }) => what).values())
      expect(said.length).toBeLessThan(10);
  });
});
