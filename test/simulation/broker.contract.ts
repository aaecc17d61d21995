/**
 * What a broker answers to the requests the processor makes, as one suite that the simulated cluster and a real one must both
 * pass: same requests in the same order, same error numbers, offsets and epochs. It is what makes a simulated broker worth
 * believing. Waiting is bounded by conditions, never by an amount of time, except where time itself is what is tested.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaErrors as E } from '../../kafka/error-codes.ts';
import { committedRecords } from '../../kafka/read-committed.ts';
import {
  type BrokerConnection,
  type JoinGroupAnswer,
  LOG_END,
  LOG_START,
  type MemberIdentity,
  type ProducerIdentity,
} from '../../kafka/requests.ts';
import { plainBatch } from '../../testing/simulation/broker/stored-batch.ts';

export type BrokerUnderTest = {
  /** A topic with two partitions, LogAppendTime, that nobody else uses. */
  readonly topic: string;
  connect(): Promise<BrokerConnection>;
  /** Resolves like the promise; a simulated broker lets its time pass meanwhile. */
  settle<Result>(promise: Promise<Result>): Promise<Result>;
  sleep(ms: number): Promise<void>;
  close(): Promise<void>;
};

const TIMEOUT_MS = 60_000;
const PROTOCOL = 'contract';

export function brokerContract(open: () => Promise<BrokerUnderTest>): void {
  let broker: BrokerUnderTest;
  let connection: BrokerConnection;
  let names = 0;
  let end = 0;

  beforeAll(async () => {
    broker = await open();
    connection = await broker.settle(broker.connect());
  }, TIMEOUT_MS);

  afterAll(() => broker.close());

  const ask = <Result>(promise: Promise<Result>): Promise<Result> => broker.settle(promise);
  const fresh = (what: string): string => `${what}-${broker.topic}-${++names}`;

  const init = async (transactionalId: string, transactionTimeoutMs = 60_000): Promise<ProducerIdentity> => {
    for (;;) {
      const answer = await ask(connection.initProducerId({ transactionalId, transactionTimeoutMs }));
      if (answer.errorCode === E.NONE) return identityOf(answer);
      expect([
        E.CONCURRENT_TRANSACTIONS,
        E.COORDINATOR_LOAD_IN_PROGRESS,
        E.NOT_COORDINATOR,
        E.COORDINATOR_NOT_AVAILABLE,
      ]).toContain(answer.errorCode);
      await broker.sleep(20);
    }
  };

  /** One batch of these values; the answer's error number and offset. A partition busy with the transaction before is asked again. */
  const produce = async (
    transactionalId: string,
    identity: ProducerIdentity,
    options: { values: string[]; sequence?: number; partition?: number },
  ) => {
    const { values, sequence = 0, partition = 0 } = options;
    const bytes = plainBatch(
      values.map((value) => ({ key: null, value: Buffer.from(value) })),
      { ...identity, baseSequence: sequence },
    );
    for (;;) {
      const { partitions } = await ask(
        connection.produce({
          transactionalId,
          timeoutMs: 5_000,
          batches: [{ topic: broker.topic, partition, bytes }],
        }),
      );
      const { errorCode = -99, baseOffset = -99 } = partitions[0] ?? {};
      if (errorCode !== E.NOT_ENOUGH_REPLICAS) return { errorCode, baseOffset };
      await broker.sleep(5);
    }
  };

  const endTxn = async (transactionalId: string, identity: ProducerIdentity, isCommit: boolean) =>
    ask(connection.endTxn({ ...identity, transactionalId, isCommit }));

  /** Repeats an end until the coordinator has completed the one before. */
  const endAgain = async (transactionalId: string, identity: ProducerIdentity, isCommit: boolean) => {
    for (;;) {
      const answer = await endTxn(transactionalId, identity, isCommit);
      if (answer.errorCode !== E.CONCURRENT_TRANSACTIONS) return answer;
      await broker.sleep(5);
    }
  };

  const offsetOf = async (
    timestampMs: number,
    isolation: 'read_committed' | 'read_uncommitted',
    partition = 0,
  ) => {
    const { partitions } = await ask(
      connection.listOffsets({ isolation, partitions: [{ topic: broker.topic, partition, timestampMs }] }),
    );
    return partitions[0]?.offset;
  };

  /** Waits until no transaction is open on the partition. */
  const stable = async (partition = 0): Promise<number> => {
    for (;;) {
      const high = (await offsetOf(LOG_END, 'read_uncommitted', partition)) ?? -1;
      if ((await offsetOf(LOG_END, 'read_committed', partition)) === high) return high;
      await broker.sleep(5);
    }
  };

  const topicId = async (): Promise<string> => {
    const { topics } = await ask(connection.metadata({ topics: [broker.topic] }));
    return topics[0]?.topicId ?? '';
  };

  const fetchFrom = async (offset: number, isolation: 'read_committed' | 'read_uncommitted') => {
    const partitions = [{ topicId: await topicId(), partition: 0, offset, maxBytes: 1_000_000 }];
    const answer = await ask(connection.fetch({ maxWaitMs: 50, maxBytes: 1_000_000, isolation, partitions }));
    return answer.partitions[0];
  };

  const committedFrom = async (offset: number): Promise<string[]> => {
    const part = await fetchFrom(offset, 'read_committed');
    if (part === undefined) return [];
    const { records } = committedRecords(part, { from: offset, to: Number.MAX_SAFE_INTEGER });
    return records.map(({ value }) => Buffer.from(value ?? []).toString());
  };

  const join = (
    groupId: string,
    member: { memberId: string; instanceId: string | null; metadata?: string },
  ) =>
    connection.joinGroup({
      groupId,
      memberId: member.memberId,
      instanceId: member.instanceId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 5_000,
      protocolName: PROTOCOL,
      metadata: Buffer.from(member.metadata ?? 'm'),
    });

  const sync = (
    groupId: string,
    joined: JoinGroupAnswer,
    instanceId: string | null,
    assignments: { memberId: string; assignment: Uint8Array }[] = [],
  ) =>
    connection.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      instanceId,
      protocolName: PROTOCOL,
      assignments,
    });

  const identityIn = (
    groupId: string,
    joined: JoinGroupAnswer,
    instanceId: string | null,
  ): MemberIdentity => ({
    groupId,
    generationId: joined.generationId,
    memberId: joined.memberId,
    instanceId,
  });

  /** A group of one static member. */
  const staticMember = async (groupId: string, instanceId: string): Promise<JoinGroupAnswer> => {
    const joined = await ask(join(groupId, { memberId: '', instanceId }));
    expect(joined.errorCode).toBe(E.NONE);
    const assignments = [{ memberId: joined.memberId, assignment: Buffer.from('all') }];
    const synced = await ask(sync(groupId, joined, instanceId, assignments));
    expect(synced.errorCode).toBe(E.NONE);
    return joined;
  };

  const commitOffset = async (
    transactionalId: string,
    producer: ProducerIdentity,
    options: { member: MemberIdentity; offset: number },
  ) => {
    const { member, offset } = options;
    for (;;) {
      const { partitions } = await ask(
        connection.txnOffsetCommit({
          ...member,
          ...producer,
          transactionalId,
          offsets: [{ topic: broker.topic, partition: 0, offset }],
        }),
      );
      const errorCode = partitions[0]?.errorCode;
      if (errorCode !== E.CONCURRENT_TRANSACTIONS) return errorCode;
      await broker.sleep(5);
    }
  };

  const offsetsIn = async (groupId: string, requireStable: boolean) => {
    const answer = await ask(
      connection.offsetFetch({ groupId, topic: broker.topic, partitions: [0], requireStable }),
    );
    expect(answer.errorCode).toBe(E.NONE);
    const { errorCode, offset } = answer.partitions[0] ?? {};
    return { errorCode, offset };
  };

  const committedSoon = async (groupId: string) => {
    for (;;) {
      const found = await offsetsIn(groupId, true);
      if (found.errorCode !== E.UNSTABLE_OFFSET_COMMIT) return found;
      await broker.sleep(5);
    }
  };

  /** Tests share the partition; each that looks at offsets begins at its end. */
  const begin = async (): Promise<void> => {
    end = await stable();
  };

  describe('transactions', () => {
    test('registering again raises the epoch by one and keeps the producer id', async () => {
      const id = fresh('tx');
      const first = await init(id);
      const second = await init(id);
      expect(second).toEqual({ producerId: first.producerId, producerEpoch: first.producerEpoch + 1 });
    });

    test('a commit raises the epoch by one; the epoch before is refused from then on', async () => {
      await begin();
      const id = fresh('tx');
      const first = await init(id);
      expect(await produce(id, first, { values: ['a', 'b'] })).toEqual({
        errorCode: E.NONE,
        baseOffset: end,
      });
      const ended = await endTxn(id, first, true);
      expect(ended.errorCode).toBe(E.NONE);
      expect(identityOf(ended)).toEqual({ ...first, producerEpoch: first.producerEpoch + 1 });
      expect(await stable()).toBe(end + 3);
      expect((await produce(id, first, { values: ['late'] })).errorCode).toBe(E.INVALID_PRODUCER_EPOCH);
      expect(await committedFrom(end)).toEqual(['a', 'b']);
    });

    test('a repeated end finds what it did; the opposite is refused', async () => {
      const id = fresh('tx');
      const first = await init(id);
      await produce(id, first, { values: ['a'] });
      const ended = await endTxn(id, first, true);
      expect(await endAgain(id, first, true)).toEqual(ended);
      expect((await endAgain(id, first, false)).errorCode).toBe(E.INVALID_TXN_STATE);
    });

    test('the end of a transaction that has touched nothing', async () => {
      const id = fresh('tx');
      const first = await init(id);
      expect((await endTxn(id, first, true)).errorCode).toBe(E.INVALID_TXN_STATE);
      const aborted = await endTxn(id, first, false);
      expect(aborted.errorCode).toBe(E.NONE);
      expect(identityOf(aborted)).toEqual({ ...first, producerEpoch: first.producerEpoch + 1 });
      const later = await init(id);
      expect(later.producerEpoch).toBe(first.producerEpoch + 2);
    });

    test('registering ends what was left open, and fences whoever left it', async () => {
      await begin();
      const id = fresh('tx');
      const elder = await init(id);
      await produce(id, elder, { values: ['open'] });
      const answer = await ask(
        connection.initProducerId({ transactionalId: id, transactionTimeoutMs: 60_000 }),
      );
      expect(answer.errorCode).toBe(E.CONCURRENT_TRANSACTIONS);
      const younger = await init(id);
      expect(younger).toEqual({ producerId: elder.producerId, producerEpoch: elder.producerEpoch + 2 });
      expect((await produce(id, elder, { values: ['zombie'], sequence: 1 })).errorCode).toBe(
        E.INVALID_PRODUCER_EPOCH,
      );
      expect((await endTxn(id, elder, true)).errorCode).toBe(E.PRODUCER_FENCED);
      await stable();
      expect(await committedFrom(end)).toEqual([]);
    });

    test('unknown ids and foreign producers', async () => {
      const id = fresh('tx');
      const identity = await init(id);
      const stranger = { ...identity, producerId: identity.producerId + 77_777 };
      expect((await endTxn(id, stranger, true)).errorCode).toBe(E.INVALID_PRODUCER_ID_MAPPING);
      expect((await endTxn(fresh('unknown'), identity, true)).errorCode).toBe(E.INVALID_PRODUCER_ID_MAPPING);
      expect((await produce(id, stranger, { values: ['a'] })).errorCode).toBe(E.INVALID_PRODUCER_ID_MAPPING);
    });

    test(
      'a transaction open for too long is aborted, and its producer refused',
      async () => {
        await begin();
        const id = fresh('tx');
        const identity = await init(id, 1_000);
        await produce(id, identity, { values: ['too long'] });
        expect(await offsetOf(LOG_END, 'read_committed')).toBe(end);
        expect(await stable()).toBe(end + 2);
        expect(await committedFrom(end)).toEqual([]);
        // By its epoch the request looks like a repetition of the abort that the coordinator itself decided.
        expect((await endTxn(id, identity, true)).errorCode).toBe(E.INVALID_TXN_STATE);
        expect((await endTxn(id, identity, false)).errorCode).toBe(E.NONE);
        expect((await produce(id, identity, { values: ['more'], sequence: 1 })).errorCode).toBe(
          E.INVALID_PRODUCER_EPOCH,
        );
        expect((await init(id)).producerEpoch).toBe(identity.producerEpoch + 2);
      },
      TIMEOUT_MS,
    );
  });

  describe('sequence numbers', () => {
    test('a batch sent again stands once; a gap and a step back are refused', async () => {
      await begin();
      const id = fresh('tx');
      const identity = await init(id);
      expect(await produce(id, identity, { values: ['a', 'b'] })).toEqual({
        errorCode: E.NONE,
        baseOffset: end,
      });
      expect(await produce(id, identity, { values: ['a', 'b'] })).toEqual({
        errorCode: E.NONE,
        baseOffset: end,
      });
      expect((await produce(id, identity, { values: ['d'], sequence: 3 })).errorCode).toBe(
        E.OUT_OF_ORDER_SEQUENCE_NUMBER,
      );
      expect(await produce(id, identity, { values: ['c'], sequence: 2 })).toEqual({
        errorCode: E.NONE,
        baseOffset: end + 2,
      });
      const next = identityOf(await endTxn(id, identity, true));
      await stable();
      expect((await produce(id, next, { values: ['e'], sequence: 3 })).errorCode).toBe(
        E.OUT_OF_ORDER_SEQUENCE_NUMBER,
      );
      expect((await produce(id, next, { values: ['e'] })).errorCode).toBe(E.NONE);
      await endTxn(id, next, false);
      await stable();
      expect(await committedFrom(end)).toEqual(['a', 'b', 'c']);
    });
  });

  describe('reading', () => {
    test('the last stable offset stands before an open transaction; aborted ones are listed', async () => {
      await begin();
      const [one, two] = [fresh('tx'), fresh('tx')];
      const first = await init(one);
      const second = await init(two);
      await produce(one, first, { values: ['aborted'] });
      await produce(two, second, { values: ['kept'] });
      expect(await offsetOf(LOG_END, 'read_uncommitted')).toBe(end + 2);
      expect(await offsetOf(LOG_END, 'read_committed')).toBe(end);
      await endTxn(two, second, true);
      expect(await committedFrom(end)).toEqual([]);
      await endTxn(one, first, false);
      expect(await stable()).toBe(end + 4);
      const part = await fetchFrom(end, 'read_committed');
      expect(part).toMatchObject({
        errorCode: E.NONE,
        highWatermark: end + 4,
        lastStableOffset: end + 4,
        aborted: [{ producerId: first.producerId, firstOffset: end }],
      });
      expect(await committedFrom(end)).toEqual(['kept']);
      expect((await fetchFrom(end, 'read_uncommitted'))?.aborted).toEqual([]);
    });

    test('positions outside the log, and topics nobody knows', async () => {
      const high = await stable();
      expect((await fetchFrom(high + 10, 'read_committed'))?.errorCode).toBe(E.OFFSET_OUT_OF_RANGE);
      expect((await fetchFrom(high, 'read_committed'))?.records).toHaveLength(0);
      expect(await offsetOf(LOG_START, 'read_committed')).toBe(0);
      expect(await offsetOf(Date.UTC(2099, 0, 1), 'read_uncommitted')).toBe(-1);
      const { topics } = await ask(connection.metadata({ topics: [fresh('no-such-topic')] }));
      expect(topics[0]?.errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION);
    });
  });

  describe('offsets in a transaction', () => {
    test('are unstable until it ends, then those of a commit, or the former ones', async () => {
      const [groupId, id] = [fresh('group'), fresh('tx')];
      const joined = await staticMember(groupId, 'one');
      const member = identityIn(groupId, joined, 'one');
      expect(await offsetsIn(groupId, true)).toEqual({ errorCode: E.NONE, offset: -1 });
      const first = await init(id);
      expect(await commitOffset(id, first, { member, offset: 5 })).toBe(E.NONE);
      expect(await offsetsIn(groupId, true)).toEqual({ errorCode: E.UNSTABLE_OFFSET_COMMIT, offset: -1 });
      expect(await offsetsIn(groupId, false)).toEqual({ errorCode: E.NONE, offset: -1 });
      const second = identityOf(await endTxn(id, first, true));
      expect(await committedSoon(groupId)).toEqual({ errorCode: E.NONE, offset: 5 });
      expect(await commitOffset(id, second, { member, offset: 9 })).toBe(E.NONE);
      expect(await offsetsIn(groupId, false)).toEqual({ errorCode: E.NONE, offset: 5 });
      await endTxn(id, second, false);
      expect(await committedSoon(groupId)).toEqual({ errorCode: E.NONE, offset: 5 });
    });

    test('are refused from a stale membership, a foreign one, and a fenced producer', async () => {
      const [groupId, id] = [fresh('group'), fresh('tx')];
      const joined = await staticMember(groupId, 'one');
      const member = identityIn(groupId, joined, 'one');
      const elder = await init(id);
      const commit = (change: Partial<MemberIdentity>) =>
        commitOffset(id, elder, { member: { ...member, ...change }, offset: 1 });
      expect(await commit({ generationId: joined.generationId + 1 })).toBe(E.ILLEGAL_GENERATION);
      expect(await commit({ memberId: 'stranger' })).toBe(E.FENCED_INSTANCE_ID);
      expect(await commit({ memberId: 'stranger', instanceId: null })).toBe(E.UNKNOWN_MEMBER_ID);
      expect(await commit({ instanceId: 'two' })).toBe(E.UNKNOWN_MEMBER_ID);
      expect(await commit({ groupId: fresh('no-such-group') })).toBe(E.ILLEGAL_GENERATION);
      expect(await commit({ generationId: -1, memberId: '', instanceId: null })).toBe(E.NONE);
      await init(id);
      expect(await commit({})).toBe(E.INVALID_PRODUCER_EPOCH);
    });

    test('of a group nobody knows are none', async () => {
      expect(await offsetsIn(fresh('no-such-group'), true)).toEqual({ errorCode: E.NONE, offset: -1 });
    });
  });

  describe('a group', () => {
    test('gives a static member its place back without a rebalance, and fences whoever had it', async () => {
      const groupId = fresh('group');
      const elder = await staticMember(groupId, 'one');
      const younger = await ask(join(groupId, { memberId: '', instanceId: 'one' }));
      expect(younger).toMatchObject({
        errorCode: E.NONE,
        generationId: elder.generationId,
        leader: younger.memberId,
        skipAssignment: true,
        members: [{ memberId: younger.memberId, instanceId: 'one' }],
      });
      expect(younger.memberId).not.toBe(elder.memberId);
      const synced = await ask(sync(groupId, younger, 'one'));
      expect(Buffer.from(synced.assignment).toString()).toBe('all');
      expect(await ask(connection.heartbeat(identityIn(groupId, elder, 'one')))).toEqual({
        errorCode: E.FENCED_INSTANCE_ID,
      });
      expect(await ask(connection.heartbeat(identityIn(groupId, younger, 'one')))).toEqual({
        errorCode: E.NONE,
      });
      const again = await ask(join(groupId, { memberId: elder.memberId, instanceId: 'one' }));
      expect(again.errorCode).toBe(E.FENCED_INSTANCE_ID);
    });

    test('is asked to join again when somebody comes; then the former generation is over', async () => {
      const groupId = fresh('group');
      const one = await staticMember(groupId, 'one');
      const other = await ask(broker.connect());
      const two = other.joinGroup({
        groupId,
        memberId: '',
        instanceId: 'two',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 5_000,
        protocolName: PROTOCOL,
        metadata: Buffer.from('m'),
      });
      const identity = identityIn(groupId, one, 'one');
      for (;;) {
        const { errorCode } = await ask(connection.heartbeat(identity));
        if (errorCode === E.REBALANCE_IN_PROGRESS) break;
        await broker.sleep(5);
      }
      const id = fresh('tx');
      const producer = await init(id);
      // The transaction under way may still be finished under the old generation.
      expect(await commitOffset(id, producer, { member: identity, offset: 3 })).toBe(E.NONE);
      expect((await endTxn(id, producer, true)).errorCode).toBe(E.NONE);
      const again = await ask(join(groupId, { memberId: one.memberId, instanceId: 'one' }));
      const newcomer = await ask(two);
      expect(again).toMatchObject({
        errorCode: E.NONE,
        generationId: one.generationId + 1,
        leader: one.memberId,
        skipAssignment: false,
      });
      expect(again.members.map(({ instanceId }) => instanceId)).toEqual(
        expect.arrayContaining(['one', 'two']),
      );
      expect(newcomer).toMatchObject({
        errorCode: E.NONE,
        generationId: one.generationId + 1,
        leader: one.memberId,
        members: [],
      });
      const later = identityOf(await endAgain(id, producer, true));
      expect(await commitOffset(id, later, { member: identity, offset: 4 })).toBe(E.ILLEGAL_GENERATION);
      expect(await ask(connection.heartbeat(identity))).toEqual({ errorCode: E.ILLEGAL_GENERATION });
      const waiting = other.syncGroup({
        groupId,
        generationId: newcomer.generationId,
        memberId: newcomer.memberId,
        instanceId: 'two',
        protocolName: PROTOCOL,
        assignments: [],
      });
      const assignments = [
        { memberId: one.memberId, assignment: Buffer.from('first') },
        { memberId: newcomer.memberId, assignment: Buffer.from('second') },
      ];
      const synced = await ask(sync(groupId, again, 'one', assignments));
      expect(Buffer.from(synced.assignment).toString()).toBe('first');
      expect(Buffer.from((await ask(waiting)).assignment).toString()).toBe('second');
      expect(await ask(connection.heartbeat(identityIn(groupId, again, 'one')))).toEqual({
        errorCode: E.NONE,
      });
      await other.close();
    });

    test('names a dynamic member before it lets it in, and forgets one that leaves', async () => {
      const groupId = fresh('group');
      const named = await ask(join(groupId, { memberId: '', instanceId: null }));
      expect(named.errorCode).toBe(E.MEMBER_ID_REQUIRED);
      const joined = await ask(join(groupId, { memberId: named.memberId, instanceId: null }));
      expect(joined).toMatchObject({ errorCode: E.NONE, memberId: named.memberId, leader: named.memberId });
      const synced = await ask(
        sync(groupId, joined, null, [{ memberId: joined.memberId, assignment: Buffer.from('all') }]),
      );
      expect(synced.errorCode).toBe(E.NONE);
      const identity = identityIn(groupId, joined, null);
      expect(await ask(connection.heartbeat({ ...identity, generationId: 99 }))).toEqual({
        errorCode: E.ILLEGAL_GENERATION,
      });
      expect(await ask(connection.heartbeat({ ...identity, memberId: 'stranger' }))).toEqual({
        errorCode: E.UNKNOWN_MEMBER_ID,
      });
      expect(
        await ask(
          connection.leaveGroup({ groupId, memberId: joined.memberId, instanceId: null, reason: 'over' }),
        ),
      ).toEqual({ errorCode: E.NONE });
      expect(await ask(connection.heartbeat(identity))).toEqual({ errorCode: E.UNKNOWN_MEMBER_ID });
      expect(await ask(join(fresh('group'), { memberId: 'stranger', instanceId: null }))).toMatchObject({
        errorCode: E.UNKNOWN_MEMBER_ID,
      });
    });

    test(
      'takes a silent member for dead after its session',
      async () => {
        const groupId = fresh('group');
        const joined = await ask(
          connection.joinGroup({
            groupId,
            memberId: '',
            instanceId: 'one',
            sessionTimeoutMs: 6_000,
            rebalanceTimeoutMs: 5_000,
            protocolName: PROTOCOL,
            metadata: Buffer.from('m'),
          }),
        );
        await ask(
          sync(groupId, joined, 'one', [{ memberId: joined.memberId, assignment: Buffer.from('all') }]),
        );
        await broker.sleep(7_500);
        expect(await ask(connection.heartbeat(identityIn(groupId, joined, 'one')))).toEqual({
          errorCode: E.UNKNOWN_MEMBER_ID,
        });
      },
      TIMEOUT_MS,
    );
  });
}

function identityOf({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch };
}
