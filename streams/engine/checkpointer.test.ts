/** When a checkpoint is taken, and above all when it is not: while something is open, or when the place in the group may be lost. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { blocksIn } from '../../testing/checkpoint-store.contract.ts';
import { checkpointedSums } from '../../testing/checkpointed-sums.ts';
import { InMemoryCheckpoints } from '../../testing/in-memory-checkpoints.ts';
import { InMemoryCluster } from '../../testing/in-memory-cluster.ts';
import {
  GROUP,
  INPUT,
  PARTITIONS,
  POSTED,
  type SumState,
  silent,
  turns,
} from '../../testing/summing-members.ts';
import { Checkpointer } from './checkpointer.ts';
import { Outbox } from './outbox.ts';
import type { Assignment, InputGroup } from './ports.ts';
import { Task } from './task.ts';

const PACE = { recordsMin: 2, everyMs: 60_000 };

let cluster: InMemoryCluster;
let store: InMemoryCheckpoints;
let group: InputGroup;
let assignment: Assignment;
let task: Task<SumState>;
let checkpointer: Checkpointer<SumState>;
let reported: string[];

beforeEach(async () => {
  cluster = new InMemoryCluster(PARTITIONS);
  store = new InMemoryCheckpoints();
  group = cluster.member(GROUP, INPUT, 'm');
  assignment = await group.join();
  task = newTask();
  reported = [];
  checkpointer = newCheckpointer();
});

function newTask(): Task<SumState> {
  return new Task(checkpointedSums, { partition: 0, state: checkpointedSums.createState(0), position: 0 });
}

function newCheckpointer(): Checkpointer<SumState> {
  return new Checkpointer({
    topology: checkpointedSums,
    reader: cluster.reader(),
    group,
    clock: { nowMs: () => cluster.nowMs, sleep: () => turns(20) },
    observer: { ...silent, retrying: (what, error) => reported.push(`${what}: ${String(error)}`) },
    checkpoints: store,
    checkpointPace: PACE,
  });
}

/** Processes one record, which stays open. */
async function open(value: number): Promise<void> {
  const record = {
    offset: task.position,
    timestampMs: 0,
    key: Buffer.from('k'),
    value: Buffer.from(`${value}`),
  };
  task.enqueue({ partition: 0, records: [record], nextOffset: record.offset + 1 });
  await task.prepare();
  task.processNext(new Outbox().into(0));
}

/** Commits what is open; the log holds a record of it. */
function commit(): void {
  task.flush(new Outbox().into(0));
  task.commit();
  cluster.append(POSTED, 0, { key: null, value: null });
}

async function process(...values: readonly number[]): Promise<void> {
  for (const value of values) {
    await open(value);
    commit();
  }
}

/** Some turns of the worker. */
async function visits(count = 5): Promise<void> {
  for (let n = 0; n < count; n++) {
    checkpointer.visit([task], assignment);
    await turns(3);
  }
}

/** From now on every checkpoint is said to be so large. */
function bytesOfWrites(bytes: number): void {
  const write = store.write.bind(store);
  store.write = (partition, blocks) => write(partition, blocks).then(() => bytes);
}

/** What the checkpoint says of itself and of the sums; null if there is none. */
async function found(): Promise<{ mark: unknown; sums: unknown } | null> {
  const [mark, sums] = await blocksIn(store, 0);
  return mark === undefined ? null : { mark: JSON.parse(mark), sums: JSON.parse(sums as string) };
}

const mark = (position: number): object => ({
  format: 'sums',
  partition: 0,
  topicIds: [`id of ${POSTED}`, `id of ${INPUT}`],
  offset: position,
  position,
});

describe('a checkpoint is taken', () => {
  test('of what is committed, and stands for the end of the log', async () => {
    await process(1, 2);
    await visits();
    expect(await found()).toEqual({ mark: mark(2), sums: [['k', { count: 2, sum: 3 }]] });
  });

  test('at once where none is known, then after so many records', async () => {
    await process(1);
    await visits();
    expect(store.written).toBe(1);
    await process(2);
    await visits();
    expect(store.written).toBe(1);
    await process(3);
    await visits();
    expect(store.written).toBe(2);
  });

  test('of a large one anew only when as much is behind it as takes as long to read', async () => {
    bytesOfWrites(5 * 512);
    await process(1);
    await visits();
    await process(2, 3, 4, 5);
    await visits();
    expect(store.written).toBe(1);
    await process(6);
    await visits();
    expect(store.written).toBe(2);
  });

  test('after so long, if anything was processed', async () => {
    await process(1);
    await visits();
    cluster.nowMs += PACE.everyMs;
    await visits();
    expect(store.written).toBe(1);
    await process(2);
    await visits();
    expect(store.written).toBe(2);
  });

  test('of the partition with the most behind it first, one at a time', async () => {
    const tasks = [1, 2].map(
      (partition) =>
        new Task(checkpointedSums, {
          partition,
          state: checkpointedSums.createState(partition),
          position: partition,
        }),
    );
    checkpointer.visit(tasks, assignment);
    await turns(3);
    expect(tasks.map((each) => checkpointer.isAwaiting(each))).toEqual([false, true]);
  });
});

describe('a checkpoint is not taken', () => {
  test('while something is open: the task is held back until it is certain', async () => {
    await process(1, 2);
    checkpointer.visit([task], assignment);
    await open(10);
    await visits();
    expect(checkpointer.isAwaiting(task)).toBe(true);
    expect(await found()).toBeNull();
    commit();
    await visits();
    expect(checkpointer.isAwaiting(task)).toBe(false);
    expect(await found()).toEqual({ mark: { ...mark(3), offset: 2 }, sums: [['k', { count: 3, sum: 13 }]] });
  });

  test('of what was taken back', async () => {
    await process(1, 2);
    checkpointer.visit([task], assignment);
    await open(10);
    await visits();
    task.rollback();
    await visits();
    expect(await found()).toEqual({ mark: mark(2), sums: [['k', { count: 2, sum: 3 }]] });
  });

  test('once somebody else has the place in the group: the end of the log is his', async () => {
    await process(1, 2);
    const successor = cluster.member(GROUP, INPUT, 'successor');
    void successor.join();
    await Promise.all([group.leave(), turns(3)]);
    cluster.append(POSTED, 0, { key: null, value: null });
    await visits();
    expect(await found()).toBeNull();
    expect(reported[0]).toContain('asking what a checkpoint would stand for');
  });

  test('of a task that was given up meanwhile', async () => {
    await process(1, 2);
    checkpointer.visit([task], assignment);
    await turns(3);
    expect(checkpointer.isAwaiting(task)).toBe(true);
    task = newTask();
    await visits();
    expect(await found()).toBeNull();
  });

  test('where it cannot be written, which changes nothing else and is tried again', async () => {
    await process(1, 2);
    store.write = async () => {
      throw new Error('no space left on the disk');
    };
    await visits();
    expect(reported).toEqual(['writing a checkpoint of partition 0: Error: no space left on the disk']);
    Reflect.deleteProperty(store, 'write');
    await visits();
    expect(store.written).toBe(0);
    cluster.nowMs += 10_000;
    await visits();
    expect(store.written).toBe(1);
  });

  test('for a while after a large one, whatever partition is due', async () => {
    bytesOfWrites(20_000_000);
    await process(1, 2);
    await visits();
    task = new Task(checkpointedSums, { partition: 1, state: checkpointedSums.createState(1), position: 2 });
    cluster.nowMs += 999;
    await visits();
    expect(store.written).toBe(1);
    cluster.nowMs += 1;
    await visits();
    expect(store.written).toBe(2);
  });
});

describe('at the end of the process', () => {
  test('what is not written down yet is taken while the membership holds, and written after it', async () => {
    await process(1);
    await visits();
    await process(2);
    const writeLast = await checkpointer.last([task], assignment);
    await group.leave();
    await writeLast();
    expect(await found()).toEqual({ mark: mark(2), sums: [['k', { count: 2, sum: 3 }]] });
  });

  test.each(['is not a member any more', 'has no answer'])(
    'nothing is written by a process that %s',
    async (why) => {
      await process(1);
      if (why === 'has no answer') group.assertMember = () => new Promise(() => {});
      else await group.leave();
      await (await checkpointer.last([task], assignment))();
      await (await checkpointer.last([task], null))();
      expect(await found()).toBeNull();
    },
  );

  test('writing ends when the time is over', async () => {
    await process(1);
    store.write = async (_, blocks) => {
      for (const block of blocks) cluster.nowMs += 6_000 + block.length;
      return 0;
    };
    await (await checkpointer.last([task], assignment))();
    expect(reported).toEqual([expect.stringContaining('there is no time left for it')]);
  });
});
