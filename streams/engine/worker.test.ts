/**
 * Exactly-once under everything the ports can do wrong: lost requests, lost answers, crashes, zombies, members joining and
 * leaving. The topology numbers each key's records and sums them; after the storm every record must have counted once, in
 * order, and the published sums must be those of the log.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InMemoryCluster, MemoryFailure, type Operation, tick } from '../../testing/in-memory-cluster.ts';
import type { EngineObserver } from './observer.ts';
import type { Clock, InputGroup, TransactionalProducer } from './ports.ts';
import type { Topology, TransactionalState } from './topology.ts';
import { UndoLog } from './undo-log.ts';
import { Worker } from './worker.ts';

const INPUT = 'numbers';
const POSTED = 'posted';
const SUMS = 'sums';
const PARTITIONS = 3;
const GROUP = 'sum';

type Sum = { readonly count: number; readonly sum: number };

class SumState implements TransactionalState {
  readonly sums = new Map<string, Sum>();
  readonly touched = new Set<string>();
  readonly #undo = new UndoLog<() => void>();
  readonly pendingBytes = 0;

  set(key: string, next: Sum): void {
    const before = this.sums.get(key);
    this.#undo.record(() => (before === undefined ? this.sums.delete(key) : this.sums.set(key, before)));
    this.sums.set(key, next);
    this.touched.add(key);
  }

  commit(): void {
    this.#undo.commit();
    this.touched.clear();
  }

  rollback(): void {
    this.#undo.rollback((inverse) => inverse());
    this.touched.clear();
  }
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const parse = (bytes: Uint8Array | null): Sum & { key: string; offset: number } =>
  JSON.parse(Buffer.from(bytes ?? []).toString());

const sumTopology: Topology<SumState> = {
  source: INPUT,
  createState: () => new SumState(),
  restore: [
    {
      topic: SUMS,
      from: () => 'start',
      apply: (state, record) => {
        const { key, count, sum } = parse(record.value);
        state.set(key, { count, sum });
      },
    },
  ],
  restored: () => {},
  prepare: () => null,
  process: (state, record, out) => {
    const key = Buffer.from(record.key ?? []).toString();
    const before = state.sums.get(key) ?? { count: 0, sum: 0 };
    const next = {
      count: before.count + 1,
      sum: before.sum + Number(Buffer.from(record.value ?? []).toString()),
    };
    state.set(key, next);
    out.emit(POSTED, record.key, json({ key, offset: record.offset, ...next }));
  },
  flush: (state, out) => {
    for (const key of state.touched) out.emit(SUMS, Buffer.from(key), json({ key, ...state.sums.get(key) }));
  },
};

const silent: EngineObserver = {
  assigned: () => {},
  restored: () => {},
  committed: () => {},
  settled: () => {},
  paused: () => {},
  retrying: () => {},
};

/** A member of the group in this process that can be killed (it never hears from the cluster again) or frozen and woken. */
class Member {
  readonly name: string;
  readonly #cluster: InMemoryCluster;
  readonly #worker: Worker<SumState>;
  readonly done: Promise<unknown>;
  #isDead = false;
  #thaw: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(cluster: InMemoryCluster, name: string, topology: Topology<SumState> = sumTopology) {
    this.name = name;
    this.#cluster = cluster;
    const clock: Clock = { nowMs: () => cluster.nowMs, sleep: () => tick() };
    this.#worker = new Worker({
      topology,
      reader: this.#guarded(cluster.reader()),
      group: this.#guarded<InputGroup>(cluster.member(GROUP, INPUT, name)),
      producer: this.#guarded<TransactionalProducer>(cluster.producer(name)),
      clock,
      observer: silent,
      limits: { recordsMax: 7, outputBytesMax: 100_000, processingMsMax: 1_000 },
    });
    this.done = this.#worker
      .run()
      .catch((error: unknown) => error)
      .finally(() => this.#timeOut());
  }

  stop(): Promise<unknown> {
    this.#worker.stop();
    return this.done;
  }

  kill(): void {
    this.#isDead = true;
    this.#timeOut();
  }

  freeze(): void {
    this.#timeOut();
    this.#thaw = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  thaw(): void {
    this.#wake();
  }

  /** What the coordinators do once they have not heard of this member for a while: session first, transaction later. */
  #timeOut(): void {
    this.#cluster.group(GROUP).remove(this.name);
    void turns(20).then(() => this.#cluster.expireTransaction(this.name));
  }

  /** The port, but silent while this member is frozen and for ever once it is dead. */
  #guarded<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const call = (): unknown => Reflect.apply(member, target, args) as unknown;
          return name === 'read' ? call() : this.#whenAlive(call);
        };
      },
    });
  }

  async #whenAlive(call: () => unknown): Promise<unknown> {
    await this.#thaw;
    if (this.#isDead) return new Promise(() => {});
    const result = await call();
    await this.#thaw;
    return this.#isDead ? new Promise(() => {}) : result;
  }
}

function append(cluster: InMemoryCluster, n: number): void {
  const key = `k${n % 5}`;
  cluster.append(INPUT, (n % 5) % PARTITIONS, { key: Buffer.from(key), value: Buffer.from(String(n)) });
}

function committedOf(cluster: InMemoryCluster, topic: string): (Sum & { key: string; offset: number })[] {
  const all: (Sum & { key: string; offset: number })[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const to = cluster.lastStableOffset(topic, partition);
    all.push(
      ...cluster.committedRecords(topic, partition, { from: 0, to }).map((record) => parse(record.value)),
    );
  }
  return all;
}

function expectExactlyOnce(cluster: InMemoryCluster, count: number): void {
  const want = new Map<string, Sum>();
  const wantPosted: string[] = [];
  for (let n = 0; n < count; n++) {
    const key = `k${n % 5}`;
    const before = want.get(key) ?? { count: 0, sum: 0 };
    const next = { count: before.count + 1, sum: before.sum + n };
    want.set(key, next);
    wantPosted.push(`${key} ${next.count} ${next.sum}`);
  }
  const posted = committedOf(cluster, POSTED).map(({ key, count: c, sum }) => `${key} ${c} ${sum}`);
  expect(posted.toSorted()).toEqual(wantPosted.toSorted());
  const got = new Map(committedOf(cluster, SUMS).map(({ key, count: c, sum }) => [key, { count: c, sum }]));
  expect(Object.fromEntries(got)).toEqual(Object.fromEntries(want));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await tick();
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 5_000) throw new Error('no progress');
    await tick();
  }
}

function isCaughtUp(cluster: InMemoryCluster): boolean {
  const { committed } = cluster.group(GROUP);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const end = cluster.log(INPUT, partition).length;
    if (end > 0 && committed.get(partition) !== end) return false;
    for (const topic of [POSTED, SUMS])
      if (cluster.lastStableOffset(topic, partition) < cluster.log(topic, partition).length) return false;
  }
  return true;
}

type MemberEvent = { readonly kind: 'start' | 'stop' | 'kill' | 'freeze' | 'thaw'; readonly who: number };

type Event =
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

class Storm {
  readonly cluster = new InMemoryCluster(PARTITIONS);
  readonly #members = new Map<number, Member>();
  readonly #frozen: Member[] = [];
  appended = 0;

  async play(events: readonly Event[]): Promise<void> {
    for (const each of events) await this.#one(each);
    for (const member of this.#frozen) {
      member.thaw();
      void member.stop();
    }
    for (const member of this.#members.values()) void member.stop();
    const last = new Member(this.cluster, 'last');
    await until(() => isCaughtUp(this.cluster));
    await last.stop();
  }

  async #one(each: Event): Promise<void> {
    if (each.kind === 'append') for (let n = 0; n < 10; n++) append(this.cluster, this.appended++);
    else if (each.kind === 'fail')
      this.cluster.failNext(each.operation, each.answer ? 'answer-lost' : 'request-lost');
    else if (each.kind === 'wait') await turns(each.turns);
    else this.#member(each);
  }

  #member({ kind, who: index }: MemberEvent): void {
    const member = this.#members.get(index);
    if (kind === 'start' && member === undefined)
      this.#members.set(index, new Member(this.cluster, `m${index}`));
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

describe('starting', () => {
  test('refuses to start over when the group is gone but its results are there', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    append(cluster, 0);
    cluster.append(SUMS, 0, { key: Buffer.from('k0'), value: json({ key: 'k0', count: 1, sum: 0 }) });
    const member = new Member(cluster, 'm');
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
