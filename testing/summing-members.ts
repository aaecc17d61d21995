/**
 * Members of a processing group in this process, over a cluster in memory, for tests of the engine: they number each key's records
 * and sum them, and can be killed or frozen at any moment. With the judge: every record counted once, in order.
 */
import { expect } from '@jest/globals';
import type { EngineObserver } from '../streams/engine/observer.ts';
import type { Clock, InputGroup, TransactionalProducer } from '../streams/engine/ports.ts';
import type { Topology, TransactionalState } from '../streams/engine/topology.ts';
import { UndoLog } from '../streams/engine/undo-log.ts';
import { Worker, type WorkerOptions } from '../streams/engine/worker.ts';
import { type InMemoryCluster, tick } from './in-memory-cluster.ts';

export const INPUT = 'numbers';
export const POSTED = 'posted';
export const SUMS = 'sums';
export const PARTITIONS = 3;
export const GROUP = 'sum';

type Sum = { readonly count: number; readonly sum: number };

export class SumState implements TransactionalState {
  readonly sums = new Map<string, Sum>();
  readonly touched = new Set<string>();
  /** While restoring: the greatest input offset whose result was seen. */
  lastOffset = -1;
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

export const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
export const parse = (bytes: Uint8Array | null): Sum & { key: string; offset: number } =>
  JSON.parse(Buffer.from(bytes ?? []).toString());

export const sumTopology: Topology<SumState> = {
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

export const silent: EngineObserver = {
  assigned: () => {},
  restoring: () => {},
  restored: () => {},
  checkpointed: () => {},
  checkpointRefused: () => {},
  committed: () => {},
  settled: () => {},
  paused: () => {},
  retrying: () => {},
};

export type MemberParts = Partial<
  Pick<WorkerOptions<SumState>, 'observer' | 'checkpoints' | 'checkpointPace'>
>;

/** A member of the group in this process that can be killed (it never hears from the cluster again) or frozen and woken. */
export class Member {
  readonly name: string;
  readonly #cluster: InMemoryCluster;
  readonly #worker: Worker<SumState>;
  readonly done: Promise<unknown>;
  #isDead = false;
  #thaw: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(cluster: InMemoryCluster, name: string, topology = sumTopology, parts: MemberParts = {}) {
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
      ...parts,
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

export function append(cluster: InMemoryCluster, n: number): void {
  const key = `k${n % 5}`;
  cluster.append(INPUT, (n % 5) % PARTITIONS, { key: Buffer.from(key), value: Buffer.from(String(n)) });
}

export function committedOf(
  cluster: InMemoryCluster,
  topic: string,
): (Sum & { key: string; offset: number })[] {
  const all: (Sum & { key: string; offset: number })[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const to = cluster.lastStableOffset(topic, partition);
    all.push(
      ...cluster.committedRecords(topic, partition, { from: 0, to }).map((record) => parse(record.value)),
    );
  }
  return all;
}

export function expectExactlyOnce(cluster: InMemoryCluster, count: number): void {
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

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await tick();
}

export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 5_000) throw new Error('no progress');
    await tick();
  }
}

export function isCaughtUp(cluster: InMemoryCluster): boolean {
  const { committed } = cluster.group(GROUP);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const end = cluster.log(INPUT, partition).length;
    if (end > 0 && committed.get(partition) !== end) return false;
    for (const topic of [POSTED, SUMS])
      if (cluster.lastStableOffset(topic, partition) < cluster.log(topic, partition).length) return false;
  }
  return true;
}
