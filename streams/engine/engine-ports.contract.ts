/**
 * What the engine relies on, as a suite: it is run on the cluster in memory, on which the engine's own tests stand, and on a real
 * one, so that what they prove is proven of answers that Kafka gives.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type {
  Assignment,
  InputGroup,
  OutputRecord,
  PartitionBatch,
  PartitionReader,
  TransactionalProducer,
} from './ports.ts';

export const CONTRACT_PARTITIONS = 2;

/** A cluster with an empty input and an empty output topic of two partitions each, and a group that nobody has joined. */
export type EnginePorts = {
  readonly input: string;
  readonly output: string;
  readonly reader: PartitionReader;
  readonly member: () => InputGroup;
  readonly producer: (transactionalId: string) => TransactionalProducer;
  /** Appends to partition 0 of the input. */
  readonly submit: (values: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

const NOTE_AT_THREE = new Map([[0, { offset: 3, note: 'lives 1' }]]);

export function enginePortsContract(open: () => Promise<EnginePorts>): void {
  let ports: EnginePorts;
  let closing: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    ports = await open();
    closing = [];
  });

  afterEach(async () => {
    await Promise.all(closing.map((close) => close()));
    await ports.close();
  });

  async function producer(transactionalId = 'one'): Promise<TransactionalProducer> {
    const made = ports.producer(transactionalId);
    closing.push(() => made.close());
    await made.init();
    return made;
  }

  async function joined(): Promise<{ readonly group: InputGroup; readonly assignment: Assignment }> {
    const group = ports.member();
    closing.push(() => group.leave());
    return { group, assignment: await group.join() };
  }

  const results = (...values: string[]): OutputRecord[] =>
    values.map((value) => ({
      topic: ports.output,
      partition: 0,
      key: Buffer.from('k'),
      value: Buffer.from(value),
    }));

  /** The committed values of the output, once nothing before its end is pending. */
  async function published(): Promise<string[]> {
    const to = await ports.reader.endOffset(ports.output, 0);
    const values: string[] = [];
    for await (const records of ports.reader.read({ topic: ports.output, partition: 0, from: 0, to }))
      values.push(...textsOf(records));
    return values;
  }

  test('what a transaction has written is read once it is committed, and a reader waits for that', async () => {
    const one = await producer();
    await one.produce(results('a', 'b'));
    let isRead = false;
    const reading = published().then((values) => {
      isRead = true;
      return values;
    });
    await turns();
    expect(isRead).toBe(false);
    await one.produce(results('c'));
    await one.end('commit');
    expect(await reading).toEqual(['a', 'b']);
    expect(await published()).toEqual(['a', 'b', 'c']);
  });

  test('what was aborted is never read, and its offsets are not used again', async () => {
    const one = await producer();
    await one.produce(results('gone'));
    await one.end('abort');
    await one.produce(results('stays'));
    await one.end('commit');
    expect(await published()).toEqual(['stays']);
    expect(await ports.reader.endOffset(ports.output, 0)).toBeGreaterThan(2);
    expect(await ports.reader.startOffset(ports.output, 0)).toBe(0);
  });

  test('whoever registers a transactional id ends what was left open under it, and fences who left it', async () => {
    const elder = await producer();
    await elder.produce(results('left open'));
    const younger = await producer();
    await expect(elder.end('commit')).rejects.toMatchObject({ code: 'producer-fenced' });
    await younger.produce(results('younger'));
    await younger.end('commit');
    expect(await published()).toEqual(['younger']);
  });

  test('positions are committed with the outputs or not at all, and asking for them waits until that is decided', async () => {
    const one = await producer();
    const { group, assignment } = await joined();
    expect(await group.committed(assignment)).toEqual(
      new Map([
        [0, { offset: null, note: '' }],
        [1, { offset: null, note: '' }],
      ]),
    );
    await one.sendOffsets(new Map([[0, 7]]), assignment.identity);
    await one.end('abort');
    expect((await group.committed(assignment)).get(0)?.offset).toBeNull();
    await one.sendOffsets(new Map([[1, 9]]), assignment.identity);
    let isTold = false;
    const asking = group.committed(assignment).then((offsets) => {
      isTold = true;
      return offsets;
    });
    await turns();
    expect(isTold).toBe(false);
    await one.end('commit');
    expect(await asking).toEqual(
      new Map([
        [0, { offset: null, note: '' }],
        [1, { offset: 9, note: '' }],
      ]),
    );
  });

  test('a note stands at its offset until a commit without one', async () => {
    const one = await producer();
    const { group, assignment } = await joined();
    await one.sendNotes(NOTE_AT_THREE, assignment.identity);
    await one.end('commit');
    expect((await group.committed(assignment)).get(0)).toEqual({ offset: 3, note: 'lives 1' });
    await one.sendNotes(new Map([[0, { offset: 3, note: '' }]]), assignment.identity);
    await one.end('commit');
    expect((await group.committed(assignment)).get(0)).toEqual({ offset: 3, note: '' });
    await one.sendNotes(NOTE_AT_THREE, assignment.identity);
    await one.end('abort');
    await one.sendOffsets(new Map([[0, 4]]), assignment.identity);
    await one.end('commit');
    expect((await group.committed(assignment)).get(0)).toEqual({ offset: 4, note: '' });
  });

  test('a member is told of a rebalance, keeps its generation until it joins again, and commits nothing under it afterwards', async () => {
    const one = await producer();
    const { group, assignment } = await joined();
    expect(assignment.partitions).toEqual([0, 1]);
    const second = ports.member();
    closing.push(() => second.leave());
    const joining = second.join();
    await until(() => group.rebalancing);
    await group.assertMember(assignment.identity);
    await one.sendOffsets(new Map([[0, 2]]), assignment.identity);
    await one.end('commit');
    const [again, other] = await Promise.all([group.join(), joining]);
    expect([...again.partitions, ...other.partitions].toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(group.rebalancing).toBe(false);
    await expect(group.assertMember(assignment.identity)).rejects.toMatchObject({ code: 'stale-generation' });
    await expect(group.committed(assignment)).rejects.toMatchObject({ code: 'stale-generation' });
    await one.produce(results('too late'));
    await expect(one.sendOffsets(new Map([[0, 5]]), assignment.identity)).rejects.toMatchObject({
      code: 'stale-generation',
    });
    await one.end('abort');
    expect((await group.committed({ ...again, partitions: [0] })).get(0)?.offset).toBe(2);
    expect(await published()).toEqual([]);
  });

  test('records come in order from the position asked for, and nothing comes where there is none', async () => {
    const { group } = await joined();
    expect(await group.fetch(new Map([[0, 0]]), 1)).toEqual([]);
    await ports.submit(['a', 'b', 'c']);
    const [first] = await fetched(group, 0);
    expect(textsOf(first?.records ?? [])).toEqual(['a', 'b', 'c']);
    const second = first?.records[1]?.offset ?? -1;
    const [rest] = await fetched(group, second);
    expect(textsOf(rest?.records ?? [])).toEqual(['b', 'c']);
    const last = rest?.records.at(-1);
    expect(rest?.nextOffset).toBeGreaterThan(last?.offset ?? Number.POSITIVE_INFINITY);
    expect(await ports.reader.offsetAtTime(ports.input, 0, last?.timestampMs ?? 0)).toBeLessThanOrEqual(
      last?.offset ?? -1,
    );
    const future = (last?.timestampMs ?? 0) + 3_600_000;
    expect(await ports.reader.offsetAtTime(ports.input, 0, future)).toBe(
      await ports.reader.endOffset(ports.input, 0),
    );
    expect(await ports.reader.topicId(ports.input)).not.toBe(await ports.reader.topicId(ports.output));
  });
}

/** Asks until something has come. */
async function fetched(group: InputGroup, from: number): Promise<readonly PartitionBatch[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const batches = await group.fetch(new Map([[0, from]]), 100);
    if (batches.some(({ records }) => records.length > 0)) return batches;
  }
  throw new Error('nothing was fetched');
}

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && !holds(); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

/** Long enough for an answer that does not wait for anything. */
function turns(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}

function textsOf(records: readonly { readonly value: Uint8Array | null }[]): string[] {
  return records.map(({ value }) => Buffer.from(value ?? []).toString());
}
