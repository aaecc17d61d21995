import { topics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import type { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import { Fetcher } from './fetcher.ts';
import { sampleBatch } from './record-batch-samples.ts';

/** One topic of one partition, whose only broker answers every fetch with this error. */
function clusterThatAnswers(errorCode: number): Cluster {
  const part = { topicId: 'id', partition: 0, errorCode };
  const broker = {
    fetch: () => Promise.resolve({ errorCode: 0, partitions: [part] }),
    listOffsets: () => Promise.resolve({ partitions: [{ errorCode: 0, offset: 40 }] }),
  };
  const cluster = {
    clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
    lane: () => ({ to: () => broker }),
    topic: (name: string) => ({ name, id: 'id', leaders: [1], epochs: [0] }),
    forgetTopic: () => {},
  };
  return cluster as unknown as Cluster;
}

test.each([
  ['corrupt-log', kafkaErrors.CORRUPT_MESSAGE, /CORRUPT_MESSAGE.*Bytes were damaged/],
  ['refused', kafkaErrors.TOPIC_AUTHORIZATION_FAILED, /TOPIC_AUTHORIZATION_FAILED.*look at authorization/],
])('what no repetition mends is thrown as %s, says where and what to do', async (code, errorCode, advice) => {
  const fetcher = new Fetcher(clusterThatAnswers(errorCode));
  const fetched = fetcher.fetch([{ topic: 'sales', partition: 0, offset: 7 }], { waitMs: 0 });
  await expect(fetched).rejects.toMatchObject({ code, message: expect.stringMatching(advice) });
  await expect(fetched).rejects.toThrow('sales-0 at 7');
});

test.each([
  [topics.submissions.name, /retention removed.*Restore the topic from its archive/],
  [topics.rejections.name, /retention removed.*keeps nothing for longer than 90 days.*read on at 40/],
])('what %s no longer has is told with what to do about it', async (topic, advice) => {
  const fetcher = new Fetcher(clusterThatAnswers(kafkaErrors.OFFSET_OUT_OF_RANGE));
  const fetched = fetcher.fetch([{ topic, partition: 0, offset: 7 }], { waitMs: 0 });
  await expect(fetched).rejects.toMatchObject({ code: 'offset-out-of-range' });
  await expect(fetched).rejects.toThrow(advice);
});

test('a position that only a former leader does not have is asked of the leader that another broker knows', async () => {
  const records = sampleBatch({ baseOffset: 7, records: [{ key: null, value: Buffer.from('v') }] });
  const answers = new Map([
    [1, { errorCode: kafkaErrors.OFFSET_OUT_OF_RANGE }],
    [2, { errorCode: kafkaErrors.NONE, lastStableOffset: 8, aborted: [], records }],
  ]);
  let leader = 1;
  const cluster = {
    clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
    lane: () => ({
      to: (node: number) => ({
        fetch: async () => ({
          errorCode: 0,
          partitions: [{ topicId: 'id', partition: 0, ...answers.get(node) }],
        }),
      }),
    }),
    topic: (name: string) => ({ name, id: 'id', leaders: [leader], epochs: [leader] }),
    forgetTopic: () => {
      leader = 2;
    },
  };
  const fetcher = new Fetcher(cluster as unknown as Cluster);
  const fetched = await fetcher.fetch([{ topic: 'sales', partition: 0, offset: 7 }], { waitMs: 0 });
  expect(fetched).toMatchObject([{ nextOffset: 8, records: [{ offset: 7 }] }]);
});

/** Two partitions with one leader, which answers at once; the time is that of the pauses and of 1 ms for a fetch. */
class TwoPartitions {
  nowMs = 0;
  fetches = 0;
  errorCode: number = kafkaErrors.NONE;
  /** What the second partition has. */
  records: Buffer = Buffer.alloc(0);
  readonly fetcher: Fetcher;

  constructor() {
    const broker = { fetch: () => Promise.resolve(this.#answer()) };
    const cluster = {
      clock: {
        nowMs: () => this.nowMs,
        sleep: (ms: number) => {
          this.nowMs += ms;
          return Promise.resolve();
        },
      },
      lane: () => ({ to: () => broker }),
      topic: () => ({ name: 'sales', id: 'id', leaders: [1, 1], epochs: [0, 0] }),
      forgetTopic: () => {},
    };
    this.fetcher = new Fetcher(cluster as unknown as Cluster);
  }

  fetch(waitMs = 100) {
    const positions = [0, 1].map((partition) => ({ topic: 'sales', partition, offset: 5 }));
    return this.fetcher.fetch(positions, { waitMs });
  }

  #answer() {
    this.fetches += 1;
    this.nowMs += 1;
    const nothing = { topicId: 'id', lastStableOffset: 5, aborted: [], records: Buffer.alloc(0) };
    const refused = { ...nothing, partition: 0, errorCode: this.errorCode };
    return {
      errorCode: 0,
      partitions: [refused, { ...nothing, partition: 1, errorCode: 0, records: this.records }],
    };
  }
}

describe('a partition that is refused while another is not', () => {
  const someRecords = sampleBatch({ baseOffset: 5, records: [{ key: null, value: Buffer.from('v') }] });

  test('is asked for with pauses, about as long as the broker would have waited', async () => {
    const two = new TwoPartitions();
    two.errorCode = kafkaErrors.NOT_LEADER_OR_FOLLOWER;
    expect((await two.fetch(100)).map(({ partition }) => partition)).toEqual([1]);
    expect(two.fetches).toBeLessThan(6);
    expect(two.nowMs).toBeGreaterThanOrEqual(100);
    expect(two.nowMs).toBeLessThan(250);
  });

  test('does not hold up what the other brings', async () => {
    const two = new TwoPartitions();
    two.errorCode = kafkaErrors.NOT_LEADER_OR_FOLLOWER;
    two.records = someRecords;
    expect((await two.fetch()).map(({ records }) => records.length)).toEqual([1]);
    expect(two.nowMs).toBe(1);
  });

  test.each([
    ['brings nothing', Buffer.alloc(0)],
    ['is never without records', someRecords],
  ])('for seconds on end is told, again and again, and the other is fetched: it %s', async (_, records) => {
    const two = new TwoPartitions();
    two.errorCode = kafkaErrors.KAFKA_STORAGE_ERROR;
    two.records = records;
    const told: unknown[] = [];
    let fetched = 0;
    while (two.nowMs < 10_000)
      await two.fetch().then(
        () => (fetched += 1),
        (failure: unknown) => told.push(failure),
      );
    expect(told).toHaveLength(3);
    const message = expect.stringMatching(/sales-0 at 5 with KAFKA_STORAGE_ERROR/);
    for (const failure of told) expect(failure).toMatchObject({ code: 'temporarily-unavailable', message });
    expect(fetched).toBeGreaterThan(50);
  });

  test('and is then answered for is forgotten', async () => {
    const two = new TwoPartitions();
    two.errorCode = kafkaErrors.NOT_LEADER_OR_FOLLOWER;
    while (two.nowMs < 2_500) await two.fetch();
    two.errorCode = kafkaErrors.NONE;
    await two.fetch();
    two.errorCode = kafkaErrors.NOT_LEADER_OR_FOLLOWER;
    while (two.nowMs < 5_000) expect(await two.fetch()).toHaveLength(1);
  });
});

describe('a batch that cannot be read', () => {
  test('is a failure that names partition and offset, and says what to do', async () => {
    const two = new TwoPartitions();
    two.records = sampleBatch({
      baseOffset: 5,
      records: [{ key: null, value: Buffer.alloc(65 * 1024 * 1024) }],
      compression: 'zstd',
    });
    const fetched = two.fetch();
    await expect(fetched).rejects.toMatchObject({ code: 'corrupt-log', partition: 1 });
    await expect(fetched).rejects.toThrow(/sales-1 cannot be read on at offset 5.*What to do: see "A batch/);
  });

  test('is one also where the broker finds it', async () => {
    const two = new TwoPartitions();
    two.errorCode = kafkaErrors.CORRUPT_MESSAGE;
    await expect(two.fetch()).rejects.toMatchObject({ code: 'corrupt-log', partition: 0 });
  });
});
