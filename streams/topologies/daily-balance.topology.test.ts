/**
 * The topology over a log in memory: results do not depend on how the log is cut into transactions, nor on restarts (state
 * rebuilt from the outputs goes on exactly as the state that was lost would have), nor on transactions that were rolled back.
 */
import { createHash } from 'node:crypto';
import { openLocalCodecs } from '@fluxo/kafka';
import { partitionOf, topics } from '@fluxo/schemas';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InMemoryCheckpoints } from '../../testing/in-memory-checkpoints.ts';
import { type GeneratedSubmission, generateSubmissions } from '../../testing/submission-generator.ts';
import { blocksOf, type Mark } from '../engine/checkpoint.ts';
import { Outbox } from '../engine/outbox.ts';
import type { LogRecord, OutputRecord, PartitionReader } from '../engine/ports.ts';
import { restoreState } from '../engine/restore.ts';
import { Task } from '../engine/task.ts';
import type { Topology } from '../engine/topology.ts';
import { idsCheckpoint } from './daily-balance.checkpoint.ts';
import { dailyBalanceTopology } from './daily-balance.topology.ts';
import type { PartitionState } from './partition-state.ts';
import type { DailyBalanceCodecs } from './record-codec.ts';

const PARTITION = 0;
let codecs: DailyBalanceCodecs;
let topology: Topology<PartitionState>;

beforeAll(async () => {
  codecs = await openLocalCodecs();
  topology = dailyBalanceTopology({
    codecs,
    partitions: 1,
  });
});

/** One partition of every topic, and a processor that can be stopped, restarted and rolled back. */
/** Nothing is ever pending in these logs, and nobody interrupts. */
const patient = {
  isInterrupted: () => false,
  clock: { nowMs: () => 0, sleep: async () => undefined },
  onWaiting: () => undefined,
};

class Partition implements PartitionReader {
  readonly logs = new Map<string, LogRecord[]>();
  readonly checkpoints = new InMemoryCheckpoints();
  /** Why checkpoints were refused. */
  readonly refused: string[] = [];
  #task: Task<PartitionState>;

  constructor() {
    this.#task = this.#fresh(topology.createState(PARTITION), 0);
  }

  /** Writes a checkpoint as it would be if the end of the ledger had been asked for so many records ago. */
  async checkpoint(recordsAgo: number, lie: Partial<Mark> = {}): Promise<void> {
    const ledger = this.logs.get(topics.ledger.name) ?? [];
    const mark = {
      format: idsCheckpoint.format,
      partition: PARTITION,
      topicIds: [topics.ledger.name, topics.submissions.name],
      offset: Math.max(0, ledger.length - recordsAgo),
      position: this.#task.committed,
      ...lie,
    };
    await this.checkpoints.write(PARTITION, blocksOf(mark, idsCheckpoint.save(this.#task.state)));
  }

  /** Puts the checkpoint of another one in place of its own. */
  async put(other: Partition): Promise<void> {
    const blocks: Uint8Array[] = [];
    for await (const block of other.checkpoints.read(PARTITION)) blocks.push(block);
    await this.checkpoints.write(PARTITION, blocks);
  }

  async process(records: readonly LogRecord[]): Promise<void> {
    const outbox = await this.#run(records);
    for (const record of outbox.records) this.#append(record, records.at(-1)?.timestampMs ?? 0);
    this.#task.commit();
  }

  /** Processes the records in a transaction that fails. */
  async abort(records: readonly LogRecord[]): Promise<void> {
    await this.#run(records);
    this.#task.rollback();
  }

  /** A new process takes over, from the committed offset or another one. */
  async restart(position = this.#task.committed): Promise<void> {
    const restored = await restoreState({
      topology,
      reader: this,
      partition: PARTITION,
      committed: position,
      checkpoints: this.checkpoints,
      onRefused: ({ message }) => this.refused.push(message),
      ...patient,
    });
    this.#task = this.#fresh(restored.state, position);
  }

  outputs(topic: string): string[] {
    return (this.logs.get(topic) ?? []).map(
      ({ key, value }) => `${text(key)} ${Buffer.from(value ?? []).toString('hex')}`,
    );
  }

  /** The last version of every key. */
  compacted(topic: string): Record<string, string> {
    return Object.fromEntries(
      (this.logs.get(topic) ?? []).map(({ key, value }) => [
        text(key),
        Buffer.from(value ?? []).toString('hex'),
      ]),
    );
  }

  async topicId(topic: string): Promise<string> {
    return topic;
  }

  async endOffset(topic: string): Promise<number> {
    return this.logs.get(topic)?.length ?? 0;
  }

  async startOffset(): Promise<number> {
    return 0;
  }

  async offsetAtTime(topic: string, _partition: number, timestampMs: number): Promise<number> {
    const index = (this.logs.get(topic) ?? []).findIndex((record) => record.timestampMs >= timestampMs);
    return index < 0 ? this.endOffset(topic) : index;
  }

  async *read({ topic, from, to }: { topic: string; from: number; to: number }): AsyncGenerator<LogRecord[]> {
    yield (this.logs.get(topic) ?? []).slice(from, to);
  }

  #fresh(state: PartitionState, position: number): Task<PartitionState> {
    return new Task(topology, { partition: PARTITION, state, position });
  }

  async #run(records: readonly LogRecord[]): Promise<Outbox> {
    const outbox = new Outbox();
    const out = outbox.into(PARTITION);
    this.#task.enqueue({ partition: PARTITION, records, nextOffset: (records.at(-1)?.offset ?? -1) + 1 });
    await this.#task.prepare();
    while (this.#task.ready !== undefined) this.#task.processNext(out);
    this.#task.flush(out);
    return outbox;
  }

  #append({ topic, key, value }: OutputRecord, timestampMs: number): void {
    const log = this.logs.get(topic) ?? [];
    this.logs.set(topic, log);
    log.push({ offset: log.length, timestampMs, key, value });
  }
}

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

function logOf(options: { seed: number; count: number; days: number }): LogRecord[] {
  const submissions = generateSubmissions({ ...options, merchants: 4 });
  return Array.from(submissions, (submission, offset) => recordOf(submission, offset));
}

function recordOf({ type, value, recordedAt }: GeneratedSubmission, offset: number): LogRecord {
  const encoded = codecs.submissions.encode(type, value);
  return { offset, timestampMs: recordedAt, key: Buffer.from(value.merchantId), value: encoded };
}

function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

async function inOneGo(log: readonly LogRecord[], size: number): Promise<Partition> {
  const partition = new Partition();
  for (const slice of slices(log, size)) await partition.process(slice);
  return partition;
}

function expectSame(got: Partition, want: Partition): void {
  expect(got.outputs(topics.ledger.name)).toEqual(want.outputs(topics.ledger.name));
  expect(got.outputs(topics.rejections.name)).toEqual(want.outputs(topics.rejections.name));
  expect(got.compacted(topics.dailyBalances.name)).toEqual(want.compacted(topics.dailyBalances.name));
  expect(got.compacted(topics.merchants.name)).toEqual(want.compacted(topics.merchants.name));
}

describe.each([
  { seed: 1, count: 1_500, days: 3 },
  { seed: 2, count: 1_500, days: 90 },
  { seed: 3, count: 1_500, days: 600 },
])('the result of $count submissions over $days days', (options) => {
  test('has something of everything', async () => {
    const partition = await inOneGo(logOf(options), 100);
    expect(partition.outputs(topics.ledger.name).length).toBeGreaterThan(400);
    expect(partition.outputs(topics.rejections.name).length).toBeGreaterThan(50);
    expect(Object.keys(partition.compacted(topics.merchants.name))).toHaveLength(4);
  });

  test('does not depend on the size of transactions (I12)', async () => {
    const log = logOf(options);
    const want = await inOneGo(log, log.length);
    for (const size of [1, 3, 100]) expectSame(await inOneGo(log, size), want);
  });

  test('does not depend on restarts: the outputs are the state', async () => {
    const log = logOf(options);
    const partition = new Partition();
    for (const slice of slices(log, 37)) {
      await partition.process(slice);
      await partition.restart();
    }
    expectSame(partition, await inOneGo(log, 37));
  });

  test('does not depend on checkpoints, whatever record they stand for', async () => {
    const log = logOf(options);
    const partition = new Partition();
    let turn = 0;
    for (const slice of slices(log, 37)) {
      await partition.process(slice);
      if (turn % 2 === 0) await partition.checkpoint(turn % 23);
      await partition.restart();
      turn += 1;
    }
    expectSame(partition, await inOneGo(log, 37));
    expect(partition.refused).toEqual([]);
    expect(partition.checkpoints.used).toBe(turn);
  });

  test('does not depend on transactions that were rolled back', async () => {
    const log = logOf(options);
    const partition = new Partition();
    for (const slice of slices(log, 29)) {
      await partition.abort(slice);
      await partition.abort(slice.slice(0, 11));
      await partition.process(slice);
    }
    expectSame(partition, await inOneGo(log, 29));
  });
});

test('a group set back over nothing but a refusal is noticed', async () => {
  const log = logOf({ seed: 7, count: 100, days: 5 });
  const last = { ...(log.at(-1) as LogRecord), offset: log.length, value: Buffer.from('{}') };
  const partition = await inOneGo([...log, last], 50);
  await partition.restart();
  await expect(partition.restart(last.offset)).rejects.toThrow(
    `the ledger or the rejections hold the result of offset ${last.offset}, but the group's committed offset is ${last.offset}`,
  );
});

describe('a checkpoint', () => {
  const options = { seed: 4, count: 900, days: 30 };
  const half = 450;

  /** One that is written after half of the log and loaded after all of it. */
  async function loaded(spoil: (partition: Partition) => Promise<void>): Promise<Partition> {
    const log = logOf(options);
    const partition = await inOneGo(log.slice(0, half), 50);
    await spoil(partition);
    await partition.process(log.slice(half, 2 * half));
    await partition.restart();
    await partition.process(log.slice(2 * half));
    expectSame(partition, await inOneGo(log, 50));
    return partition;
  }

  test('spares the restore what is in it, and nothing else is different', async () => {
    const partition = await loaded((each) => each.checkpoint(0));
    expect(partition.refused).toEqual([]);
    expect(partition.checkpoints.used).toBe(1);
  });

  test.each<[string, Partial<Mark>, RegExp]>([
    ['of another form', { format: 'remembered ids 0' }, /its contents have the form "remembered ids 0"/],
    ['of another partition', { partition: 3 }, /it is of partition 3/],
    [
      'of a ledger that was made again',
      { topicIds: ['x', topics.submissions.name] },
      /it is of other topics/,
    ],
    ['of results that are not committed', { position: 10_000 }, /its offsets were set back/],
    [
      'that stands for a place behind the ledger',
      { offset: 100_000 },
      /before offset 100000, but what is needed/,
    ],
    ['that stands for a later place of the ledger', { offset: half }, /I5 violated: .* comes/],
  ])('%s is refused', async (_, lie, why) => {
    const partition = await loaded((each) => each.checkpoint(0, lie));
    expect(partition.refused).toEqual([expect.stringMatching(why)]);
  });

  test('that stands for the end of the ledger without having it is refused', async () => {
    const partition = await inOneGo(logOf(options), 50);
    const old = await inOneGo(logOf(options).slice(0, half), 50);
    await old.checkpoint(0, { offset: partition.logs.get(topics.ledger.name)?.length ?? 0 });
    await partition.put(old);
    await partition.restart();
    expect(partition.refused).toEqual([expect.stringMatching(/I5 violated: .* was read up to/)]);
  });

  test('may stand for any record, also one between the legs of a transfer', async () => {
    const log = logOf(options).slice(0, 200);
    const again = log.slice(120).map((record, index) => ({ ...record, offset: 200 + index }));
    const want = await inOneGo([...log, ...again], 50);
    for (let recordsAgo = 0; recordsAgo < 30; recordsAgo++) {
      const partition = await inOneGo(log, 50);
      await partition.checkpoint(recordsAgo);
      await partition.restart();
      for (const slice of slices(again, 50)) await partition.process(slice);
      expectSame(partition, want);
      expect(partition.refused).toEqual([]);
    }
  });

  test('that is damaged is refused', async () => {
    const partition = await loaded(async (each) => {
      await each.checkpoint(0);
      each.checkpoints.hurt(PARTITION, 'damaged');
    });
    expect(partition.refused).toEqual(['it was damaged']);
  });

  test('of another history is refused, even where everything it says of itself fits', async () => {
    const other = await inOneGo(logOf({ ...options, seed: 5 }).slice(0, half), 50);
    const partition = await loaded(async (each) => {
      await other.checkpoint(0, { offset: 20 });
      await each.put(other);
    });
    expect(partition.refused).toEqual([expect.stringMatching(/I5 violated: .* two ledger records/)]);
  });

  test('that is older than anything that must be remembered is of no use', async () => {
    const log = logOf({ ...options, days: 300 });
    const partition = await inOneGo(log.slice(0, half), 50);
    await partition.checkpoint(0);
    for (const slice of slices(log.slice(half), 50)) await partition.process(slice);
    await partition.restart();
    expect(partition.refused).toEqual([expect.stringContaining('but what is needed is there from')]);
  });

  // Whatever changes this changes what a checkpoint means: let FORMAT of daily-balance.checkpoint.ts rise with it, and only then
  // put the new digest here. (The generator of submissions changes it as well, and then FORMAT may stay.)
  test('means what it meant in the releases before', async () => {
    const partition = await inOneGo(logOf({ seed: 6, count: 400, days: 20 }), 50);
    await partition.checkpoint(0);
    const digest = createHash('sha256');
    for await (const block of partition.checkpoints.read(PARTITION)) digest.update(block);
    expect(digest.digest('hex')).toBe('3e37a447cb5dd5ba85ef5acb26179af53c73bac2816fbff132211aec9a59fb23');
  });
});

describe('a record', () => {
  const wrongPartition = (): LogRecord => ({ ...(logOf({ seed: 1, count: 0, days: 1 })[0] as LogRecord) });

  test('in a partition that is not its own is refused with its bytes', () => {
    const elsewhere = dailyBalanceTopology({
      codecs,
      partitions: 12,
    });
    const record = wrongPartition();
    const home = partitionOf(record.key ?? new Uint8Array(), 12);
    const state = elsewhere.createState(home + 1);
    const outbox = new Outbox();
    elsewhere.process(state, record, outbox.into(home + 1));
    const decoded = codecs.rejections.decode(outbox.records[0]?.value ?? null);
    expect(outbox.records).toHaveLength(1);
    expect(decoded).toMatchObject({
      type: 'SubmissionRejected',
      value: { code: 'wrong-partition', key: record.key },
    });
    expect(decoded).toMatchObject({ value: { value: record.value } });
  });

  test.each<[string, Partial<LogRecord>, string]>([
    ['without a value', { value: null }, 'malformed'],
    ['with garbage for a value', { value: Buffer.from('{}') }, 'malformed'],
    ['with a schema id nobody registered', { value: Buffer.from([0, 0, 9, 9, 9, 1, 2]) }, 'malformed'],
    ['without a key', { key: null }, 'malformed'],
    ['with a key that is not UTF-8', { key: Buffer.from([0xff]) }, 'malformed'],
    ['with another key than its merchant', { key: Buffer.from('someone-else') }, 'key-mismatch'],
  ])('%s is refused', async (_, change, code) => {
    const partition = new Partition();
    await partition.process([{ ...wrongPartition(), ...change }]);
    const [rejection] = partition.logs.get(topics.rejections.name) ?? [];
    expect(codecs.rejections.decode(rejection?.value ?? null)).toMatchObject({ value: { code } });
    expect([...partition.logs.keys()]).toEqual([topics.rejections.name]);
  });
});
