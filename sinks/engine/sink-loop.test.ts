/**
 * The loop over a topic, a group and a store in memory. The store keeps the sink contract (guard and position) and can be down,
 * flushed or set back to an older copy between any two writes.
 */
import { describe, expect, test } from '@jest/globals';
import type { Assignment, FetchedRecord, PartitionBatch } from './ports.ts';
import {
  PositionLostError,
  RetriableSinkError,
  type Sink,
  type SinkBatch,
  SinkRefusedError,
} from './sink.ts';
import { SinkLoop } from './sink-loop.ts';

/** A record of the log below: its value says "key revision". */
function record(offset: number, key: string, revision: number): FetchedRecord {
  return {
    offset,
    timestampMs: 1_000 + offset,
    key: Buffer.from(key),
    value: Buffer.from(`${key} ${revision}`),
  };
}

/** What the loop waits after few records. */
const GATHER_MS = 50;

class MemoryTopic {
  readonly partitions = new Map<number, FetchedRecord[]>();
  readonly committed = new Map<number, number>();
  rebalancing = false;
  members: readonly (readonly number[])[];
  joins = 0;
  fetchFailure: unknown = null;

  constructor(members: readonly (readonly number[])[]) {
    this.members = members;
    for (const partition of members.flat()) this.partitions.set(partition, []);
  }

  append(partition: number, key: string, revision: number): void {
    const log = this.partitions.get(partition) ?? [];
    log.push(record(log.length, key, revision));
  }

  async join(): Promise<Assignment> {
    this.rebalancing = false;
    const partitions = this.members[Math.min(this.joins++, this.members.length - 1)] ?? [];
    return { identity: { generationId: this.joins, memberId: 'a', instanceId: null }, partitions };
  }

  async fetch(positions: ReadonlyMap<number, number>): Promise<readonly PartitionBatch[]> {
    await new Promise((resolve) => setImmediate(resolve));
    const failure = this.fetchFailure;
    this.fetchFailure = null;
    if (failure !== null) throw failure;
    return [...positions].flatMap(([partition, from]) => {
      const records = (this.partitions.get(partition) ?? []).slice(from);
      return records.length === 0 ? [] : [{ partition, records, nextOffset: from + records.length }];
    });
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    for (const [partition, offset] of offsets) this.committed.set(partition, offset);
  }

  async leave(): Promise<void> {}
  async startOffset(): Promise<number> {
    return 0;
  }
  async endOffset(_topic: string, partition: number): Promise<number> {
    return this.partitions.get(partition)?.length ?? 0;
  }
}

type Contents = { readonly documents: Map<string, number>; readonly positions: Map<number, number> };

class MemorySink implements Sink {
  contents: Contents = { documents: new Map(), positions: new Map() };
  readonly complete = new Map<number, boolean>();
  failures: unknown[] = [];
  writes: SinkBatch[] = [];
  /** The same, as they came in one call. */
  readonly together: (readonly SinkBatch[])[] = [];
  connects = 0;
  isClosed = false;

  async connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    this.connects += 1;
    return new Map([...this.contents.positions].filter(([partition]) => partitions.includes(partition)));
  }

  async write(batches: readonly SinkBatch[]): Promise<{ written: number; refused: number }> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.together.push(batches);
    let written = 0;
    const records = batches.flatMap((batch) => batch.records);
    for (const each of records) {
      const [key, revision] = String(each.value).split(' ') as [string, string];
      if ((this.contents.documents.get(key) ?? 0) >= Number(revision)) continue;
      this.contents.documents.set(key, Number(revision));
      written += 1;
    }
    for (const { partition, fromOffset } of batches)
      if ((this.contents.positions.get(partition) ?? 0) !== fromOffset)
        throw new PositionLostError(`partition ${partition}`);
    for (const batch of batches) {
      this.contents.positions.set(batch.partition, batch.nextOffset);
      this.complete.set(batch.partition, batch.isComplete);
      if (batch.records.length > 0) this.writes.push(batch);
    }
    return { written, refused: records.length - written };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function start(topic: MemoryTopic, sink: MemorySink) {
  const sleeps: number[] = [];
  const lost: unknown[] = [];
  const loop = new SinkLoop({
    topic: 'topic',
    sink,
    group: topic,
    log: topic,
    clock: {
      nowMs: () => 0,
      sleep: async (ms) => {
        sleeps.push(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
    observer: {
      assigned: () => undefined,
      connected: () => undefined,
      wrote: () => undefined,
      positionLost: (error) => lost.push(error),
      retrying: () => undefined,
    },
  });
  const running = loop.run();
  running.catch(() => undefined);
  const stop = async (): Promise<void> => {
    loop.stop();
    await running;
  };
  return { loop, running, stop, sleeps, lost };
}

/** Lets the loop turn until this holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    if (turn > 2_000) throw new Error('it never came to this');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function filled(): MemoryTopic {
  const topic = new MemoryTopic([[0, 1]]);
  for (let revision = 1; revision <= 5; revision++) topic.append(0, 'a', revision);
  topic.append(1, 'b', 7);
  return topic;
}

describe('mirroring a topic', () => {
  test('writes what is there and what comes, tells the group, and says when the store is complete', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    expect(loop.isCaughtUp).toBe(false);
    await until(() => loop.isCaughtUp);
    topic.append(0, 'c', 1);
    await until(() => sink.contents.documents.has('c'));
    await stop();
    expect(sink.contents).toEqual({
      documents: new Map([
        ['a', 5],
        ['b', 7],
        ['c', 1],
      ]),
      positions: new Map([
        [0, 6],
        [1, 1],
      ]),
    });
    expect(topic.committed).toEqual(sink.contents.positions);
    expect([...sink.complete.values()]).toEqual([true, true]);
    expect(sink.isClosed).toBe(true);
  });

  test('large fetches are written in pieces, and only the last one completes the store', async () => {
    const [topic, sink] = [new MemoryTopic([[0]]), new MemorySink()];
    for (let revision = 1; revision <= 4_500; revision++) topic.append(0, 'a', revision);
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    await stop();
    expect(sink.writes.map((batch) => [batch.fromOffset, batch.nextOffset, batch.isComplete])).toEqual([
      [0, 2_000, false],
      [2_000, 4_000, false],
      [4_000, 4_500, true],
    ]);
  });

  test('what was fetched together is written together, as far as a store can take it at once', async () => {
    const [topic, sink] = [new MemoryTopic([[0, 1, 2]]), new MemorySink()];
    for (let revision = 1; revision <= 1_500; revision++) topic.append(0, 'a', revision);
    for (let revision = 1; revision <= 400; revision++) topic.append(1, 'b', revision);
    for (let revision = 1; revision <= 2_100; revision++) topic.append(2, 'c', revision);
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    await stop();
    const sizes = sink.together.map((write) =>
      write.map(({ partition, records }) => [partition, records.length]),
    );
    expect(sizes.filter((write) => write.some(([, records]) => records !== 0))).toEqual([
      [
        [0, 1_500],
        [1, 400],
      ],
      [[2, 2_000]],
      [[2, 100]],
    ]);
  });

  test('after few records more are let come; a backlog is not kept waiting', async () => {
    const [topic, sink] = [new MemoryTopic([[0]]), new MemorySink()];
    for (let revision = 1; revision <= 300; revision++) topic.append(0, 'a', revision);
    const { loop, stop, sleeps } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    expect(sleeps).toEqual([]);
    topic.append(0, 'b', 1);
    await until(() => sink.contents.documents.has('b') && sleeps.length > 0);
    await stop();
    expect(sleeps).toEqual([GATHER_MS]);
  });

  test('a restarted process goes on where the store stands, whatever the group has committed', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const first = start(topic, sink);
    await until(() => first.loop.isCaughtUp);
    await first.stop();
    topic.committed.set(0, 0).set(1, 0);
    sink.writes = [];
    topic.append(0, 'a', 6);
    const second = start(topic, sink);
    await until(() => second.loop.isCaughtUp);
    await second.stop();
    expect(sink.writes.map((batch) => [batch.partition, batch.fromOffset])).toEqual([[0, 5]]);
  });
});

describe('a store in trouble', () => {
  test('says since when the oldest record waits, and that none does once all is written', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp && loop.waitingSinceMs.get(0) === null);
    sink.failures = Array.from({ length: 4 }, () => new RetriableSinkError('down'));
    topic.append(0, 'a', 6);
    topic.append(0, 'a', 7);
    await until(() => sink.failures.length < 4);
    expect(loop.waitingSinceMs).toEqual(
      new Map([
        [0, 1_005],
        [1, null],
      ]),
    );
    await until(() => loop.waitingSinceMs.get(0) === null);
    await stop();
    expect(sink.contents.documents.get('a')).toBe(7);
  });

  test('is tried again with growing pauses until it takes the write; nothing is lost or skipped', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop, sleeps } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    sink.failures = Array.from({ length: 8 }, () => new RetriableSinkError('down'));
    topic.append(0, 'a', 6);
    await until(() => sink.contents.documents.get('a') === 6);
    await stop();
    expect(sleeps.filter((ms) => ms !== GATHER_MS)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test('flushed while records come: it is built again from the beginning of the topic', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop, lost } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    sink.contents = { documents: new Map(), positions: new Map() };
    topic.append(0, 'c', 1);
    await until(() => sink.contents.documents.size === 3 && loop.isCaughtUp);
    await stop();
    expect(lost).not.toHaveLength(0);
    expect(sink.contents.documents).toEqual(
      new Map([
        ['c', 1],
        ['a', 5],
        ['b', 7],
      ]),
    );
  });

  test('flushed while nothing comes: it is noticed and built again all the same', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    sink.contents = { documents: new Map(), positions: new Map() };
    await until(() => sink.contents.documents.size === 2);
    await stop();
    expect(sink.contents.positions).toEqual(
      new Map([
        [0, 5],
        [1, 1],
      ]),
    );
  });

  test('set back to an older copy: written again from where the copy ends, and incomplete until then', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    sink.contents = { documents: new Map([['a', 3]]), positions: new Map([[0, 3]]) };
    sink.writes = [];
    await until(() => sink.contents.documents.get('b') === 7 && sink.contents.documents.get('a') === 5);
    await stop();
    expect(sink.writes.map((batch) => [batch.partition, batch.fromOffset])).toEqual([
      [0, 3],
      [1, 0],
    ]);
  });

  test('made anew by somebody else, further on: complete without a break, while records come', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    sink.together.splice(0);
    for (const revision of [6, 7]) topic.append(0, 'a', revision);
    sink.contents.positions.set(0, 6);
    await until(() => sink.contents.documents.get('a') === 7 && sink.connects === 2);
    await stop();
    expect(sink.together.flat().filter(({ isComplete }) => !isComplete)).toEqual([]);
  });

  test('further than the topic: refused, because it was written from another cluster', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    sink.contents.positions.set(0, 6);
    const { running } = start(topic, sink);
    await expect(running).rejects.toThrow(SinkRefusedError);
    expect(sink.contents.documents.size).toBe(0);
  });
});

describe('the group', () => {
  test("a rebalance while the store is down ends the waiting; the other member's partition is left alone", async () => {
    const [topic, sink] = [new MemoryTopic([[0, 1], [1]]), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    sink.failures = Array.from({ length: 3 }, () => new RetriableSinkError('down'));
    topic.append(0, 'a', 1);
    topic.append(1, 'b', 1);
    await until(() => sink.failures.length < 3);
    topic.rebalancing = true;
    await until(() => sink.contents.documents.has('b'));
    await stop();
    expect(topic.joins).toBe(2);
    expect(sink.contents.documents).toEqual(new Map([['b', 1]]));
  });

  test('a membership that was lost is taken up again; a cluster that is away is waited for', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    const { loop, stop } = start(topic, sink);
    await until(() => loop.isCaughtUp);
    for (const code of ['stale-generation', 'temporarily-unavailable']) {
      topic.fetchFailure = Object.assign(new Error(code), { code });
      await until(() => topic.fetchFailure === null);
    }
    topic.append(0, 'a', 6);
    await until(() => sink.contents.documents.get('a') === 6);
    await stop();
    expect(topic.joins).toBe(2);
  });

  test('a failure nobody can wait out ends the loop, and the store is let go', async () => {
    const [topic, sink] = [filled(), new MemorySink()];
    topic.fetchFailure = Object.assign(new Error('gone'), { code: 'offset-out-of-range' });
    const { running } = start(topic, sink);
    await expect(running).rejects.toThrow('gone');
    expect(sink.isClosed).toBe(true);
  });

  test('a member without partitions idles', async () => {
    const [topic, sink] = [new MemoryTopic([[]]), new MemorySink()];
    const { loop, stop, sleeps } = start(topic, sink);
    await until(() => sleeps.length > 2);
    await stop();
    expect(loop.isCaughtUp).toBe(true);
    expect(new Set(sleeps)).toEqual(new Set([500]));
  });
});
