/**
 * Exactly-once under everything the ports can do wrong: lost requests, lost answers, crashes, zombies, members joining and
 * leaving. The topology numbers each key's records and sums them; after the storm every record must have counted once, in
 * order, and the published sums must be those of the log.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkpointedSums } from '../../testing/checkpointed-sums.ts';
import { type DiskFault, InMemoryCheckpoints } from '../../testing/in-memory-checkpoints.ts';
import { InMemoryCluster, MemoryFailure, type Operation, tick } from '../../testing/in-memory-cluster.ts';
import {
  append,
  committedOf,
  expectExactlyOnce,
  GROUP,
  INPUT,
  isCaughtUp,
  json,
  Member,
  PARTITIONS,
  POSTED,
  SUMS,
  type SumState,
  silent,
  sumTopology,
  turns,
  until,
} from '../../testing/summing-members.ts';
import type { Topology } from './topology.ts';

type MemberEvent = { readonly kind: 'start' | 'stop' | 'kill' | 'freeze' | 'thaw'; readonly who: number };

type DiskEvent = { readonly kind: 'disk'; readonly fault: DiskFault; readonly partition: number };

type Event =
  | DiskEvent
  | { readonly kind: 'append' }
  | { readonly kind: 'fail'; readonly operation: Operation; readonly answer: boolean }
  | MemberEvent
  | { readonly kind: 'wait'; readonly turns: number };

const who = fc.nat(3);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Event>({ kind: 'append' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      operation: fc.constantFrom('produce', 'sendOffsets', 'end'),
      answer: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('start', 'stop', 'kill', 'freeze', 'thaw'), who }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.nat(25) }) },
);

const diskEvent: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('disk' as const),
  fault: fc.constantFrom('lost', 'older', 'damaged'),
  partition: fc.nat(PARTITIONS - 1),
});

class Storm {
  readonly cluster = new InMemoryCluster(PARTITIONS);
  /** The disk that all members share, and why they did not trust what was on it. */
  readonly checkpoints = new InMemoryCheckpoints();
  readonly refused: string[] = [];
  readonly #topology: Topology<SumState>;
  readonly #members = new Map<number, Member>();
  readonly #frozen: Member[] = [];
  appended = 0;

  constructor(topology = sumTopology) {
    this.#topology = topology;
  }

  async play(events: readonly Event[]): Promise<void> {
    for (const each of events) await this.#one(each);
    for (const member of this.#frozen) {
      member.thaw();
      void member.stop();
    }
    for (const member of this.#members.values()) void member.stop();
    const last = this.#start('last');
    await until(() => isCaughtUp(this.cluster));
    await last.stop();
  }

  async #one(each: Event): Promise<void> {
    if (each.kind === 'append') for (let n = 0; n < 10; n++) append(this.cluster, this.appended++);
    else if (each.kind === 'fail')
      this.cluster.failNext(each.operation, each.answer ? 'answer-lost' : 'request-lost');
    else if (each.kind === 'wait') await turns(each.turns);
    else if (each.kind === 'disk') this.checkpoints.hurt(each.partition, each.fault);
    else this.#member(each);
  }

  #start(name: string): Member {
    return new Member(this.cluster, name, this.#topology, {
      checkpoints: this.checkpoints,
      checkpointPace: { recordsMin: 3, everyMs: Number.POSITIVE_INFINITY },
      observer: { ...silent, checkpointRefused: (_, { message }) => this.refused.push(message) },
    });
  }

  #member({ kind, who: index }: MemberEvent): void {
    const member = this.#members.get(index);
    if (kind === 'start' && member === undefined) this.#members.set(index, this.#start(`m${index}`));
    if (kind === 'thaw') this.#frozen[index % this.#frozen.length]?.thaw();
    if (member === undefined) return;
    if (kind === 'stop') void member.stop();
    if (kind === 'kill') member.kill();
    if (kind === 'freeze') {
      member.freeze();
      this.#frozen.push(member);
    }
    if (kind === 'stop' || kind === 'kill' || kind === 'freeze') this.#members.delete(index);
  }
}

describe('exactly once', () => {
  test('a quiet run publishes every record once', async () => {
    const storm = new Storm();
    await storm.play(Array.from({ length: 20 }, () => ({ kind: 'append' as const })));
    expectExactlyOnce(storm.cluster, 200);
  });

  test.each([
    ['produce', 'request-lost'],
    ['produce', 'answer-lost'],
    ['sendOffsets', 'request-lost'],
    ['sendOffsets', 'answer-lost'],
    ['end', 'request-lost'],
    ['end', 'answer-lost'],
  ] as const)('%s with its %s neither loses nor doubles', async (operation, fault) => {
    const storm = new Storm();
    const events: Event[] = [{ kind: 'append' }, { kind: 'start', who: 0 }, { kind: 'wait', turns: 30 }];
    storm.cluster.failNext(operation, fault);
    await storm.play([...events, { kind: 'append' }, { kind: 'wait', turns: 60 }]);
    expect(storm.cluster.faultsLeft).toBe(0);
    expectExactlyOnce(storm.cluster, 20);
  });

  test('whatever fails in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 120 }), async (events) => {
        const storm = new Storm();
        await storm.play(events);
        expectExactlyOnce(storm.cluster, storm.appended);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('exactly once, from checkpoints', () => {
  test('in a quiet run each take-over begins with one', async () => {
    const storm = new Storm(checkpointedSums);
    const round = [{ kind: 'append' }, { kind: 'wait', turns: 60 }] as const;
    const events: Event[] = [0, 1, 2, 3].flatMap((n) => [
      { kind: 'start', who: n },
      ...round,
      ...round,
      { kind: n % 2 === 0 ? 'stop' : 'kill', who: n },
      { kind: 'wait', turns: 60 },
    ]);
    await storm.play(events);
    expectExactlyOnce(storm.cluster, 80);
    expect(storm.refused).toEqual([]);
    expect(storm.checkpoints.used).toBe(3 * PARTITIONS);
  });

  test('whatever fails in whatever order, on a disk that forgets', async () => {
    let used = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 12, arbitrary: event }, { weight: 1, arbitrary: diskEvent }), {
          minLength: 20,
          maxLength: 120,
        }),
        async (events) => {
          const storm = new Storm(checkpointedSums);
          await storm.play(events);
          expectExactlyOnce(storm.cluster, storm.appended);
          // A checkpoint that stood for more than was in it would show as a gap.
          expect(storm.refused.filter((message) => message !== 'it was damaged')).toEqual([]);
          used += storm.checkpoints.used;
        },
      ),
      { numRuns: 300 },
    );
    expect(used).toBeGreaterThan(300);
  }, 120_000);
});

describe('starting', () => {
  test('refuses to start over when the group is gone but its results are there', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    append(cluster, 0);
    cluster.append(SUMS, 0, { key: Buffer.from('k0'), value: json({ key: 'k0', count: 1, sum: 0 }) });
    const member = new Member(cluster, 'm');
    expect(String(await member.done)).toContain('Starting over would count everything twice');
  });

  test('refuses to start over also where nothing is there but results of which a restore needs nothing', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    const topology: Topology<SumState> = {
      ...sumTopology,
      restore: [{ topic: POSTED, from: () => 'start', apply: () => undefined }],
      flush: () => undefined,
    };
    append(cluster, 0);
    const first = new Member(cluster, 'm', topology);
    await until(() => isCaughtUp(cluster));
    await first.stop();
    cluster.group(GROUP).committed.clear();
    const member = new Member(cluster, 'm', topology);
    await turns(200);
    await member.stop();
    expect(committedOf(cluster, POSTED)).toHaveLength(1);
    expect(String(await member.done)).toContain('Starting over would count everything twice');
  });

  test('a record ahead of the clock holds its partition back and no other', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    append(cluster, 0);
    cluster.nowMs += 11 * 60_000;
    append(cluster, 1);
    append(cluster, 3);
    cluster.nowMs -= 11 * 60_000;
    const member = new Member(cluster, 'm');
    await turns(200);
    expect(Object.fromEntries(cluster.group(GROUP).committed)).toEqual({ 0: 1 });
    cluster.nowMs += 11 * 60_000;
    await until(() => isCaughtUp(cluster));
    await member.stop();
    expect(committedOf(cluster, POSTED)).toHaveLength(3);
  });
});

describe('a record that needs something that cannot be reached', () => {
  test('waits as long as it takes, and holds up no other partition', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    for (let n = 0; n < 15; n++) append(cluster, n);
    let isReachable = false;
    const processedTooEarly: number[] = [];
    const answer = async (): Promise<void> => {
      await turns(3);
      if (!isReachable) throw new MemoryFailure('temporarily-unavailable');
    };
    const topology: Topology<SumState> = {
      ...sumTopology,
      prepare: (records) =>
        records.some(({ key }) => Buffer.from(key ?? []).toString() === 'k1') ? answer() : null,
      process: (state, record, out) => {
        const isFirstPartition = Buffer.from(record.key ?? []).toString() === 'k1';
        if (isFirstPartition && !isReachable) processedTooEarly.push(record.offset);
        sumTopology.process(state, record, out);
      },
    };
    const member = new Member(cluster, 'm', topology);
    for (let turn = 0; turn < 300; turn++) {
      cluster.nowMs += 300;
      await tick();
    }
    const { committed } = cluster.group(GROUP);
    expect(processedTooEarly).toEqual([]);
    expect(Object.fromEntries(committed)).toEqual({
      0: cluster.log(INPUT, 0).length,
      2: cluster.log(INPUT, 2).length,
    });
    isReachable = true;
    for (let turn = 0; turn < 100; turn++) {
      cluster.nowMs += 300;
      await tick();
    }
    await until(() => isCaughtUp(cluster));
    await member.stop();
    expectExactlyOnce(cluster, 15);
  });
});
