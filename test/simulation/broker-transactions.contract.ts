/**
 * What a broker answers to a transactional producer and to whoever reads its records, as a suite that the simulated cluster and a
 * real one must both pass: same requests in the same order, same error numbers, offsets and epochs. It is what makes a simulated
 * broker worth believing. Waiting is bounded by conditions, never by an amount of time, except where time itself is what is tested.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaErrors as E } from '../../kafka/error-codes.ts';
import { LOG_END, LOG_START } from '../../kafka/requests.ts';
import { BrokerSession, type BrokerUnderTest, identityOf, TIMEOUT_MS } from './broker-session.ts';

export function brokerTransactionsContract(open: () => Promise<BrokerUnderTest>): void {
  let session: BrokerSession;

  beforeAll(async () => {
    session = await BrokerSession.open(open);
  }, TIMEOUT_MS);

  afterAll(() => session.broker.close());

  describe('transactions', () => {
    test('registering again raises the epoch by one and keeps the producer id', async () => {
      const id = session.fresh('tx');
      const first = await session.init(id);
      const second = await session.init(id);
      expect(second).toEqual({ producerId: first.producerId, producerEpoch: first.producerEpoch + 1 });
    });

    test('a commit raises the epoch by one; the epoch before is refused from then on', async () => {
      await session.begin();
      const id = session.fresh('tx');
      const first = await session.init(id);
      expect(await session.produce(id, first, { values: ['a', 'b'] })).toEqual({
        errorCode: E.NONE,
        baseOffset: session.end,
      });
      const ended = await session.endTxn(id, first, true);
      expect(ended.errorCode).toBe(E.NONE);
      expect(identityOf(ended)).toEqual({ ...first, producerEpoch: first.producerEpoch + 1 });
      expect(await session.stable()).toBe(session.end + 3);
      expect((await session.produce(id, first, { values: ['late'] })).errorCode).toBe(
        E.INVALID_PRODUCER_EPOCH,
      );
      expect(await session.committedFrom(session.end)).toEqual(['a', 'b']);
    });

    test('a repeated end finds what it did; the opposite is refused', async () => {
      const id = session.fresh('tx');
      const first = await session.init(id);
      await session.produce(id, first, { values: ['a'] });
      const ended = await session.endTxn(id, first, true);
      expect(await session.endAgain(id, first, true)).toEqual(ended);
      expect((await session.endAgain(id, first, false)).errorCode).toBe(E.INVALID_TXN_STATE);
    });

    test('the end of a transaction that has touched nothing', async () => {
      const id = session.fresh('tx');
      const first = await session.init(id);
      expect((await session.endTxn(id, first, true)).errorCode).toBe(E.INVALID_TXN_STATE);
      const aborted = await session.endTxn(id, first, false);
      expect(aborted.errorCode).toBe(E.NONE);
      expect(identityOf(aborted)).toEqual({ ...first, producerEpoch: first.producerEpoch + 1 });
      const later = await session.init(id);
      expect(later.producerEpoch).toBe(first.producerEpoch + 2);
    });

    test('registering ends what was left open, and fences whoever left it', async () => {
      await session.begin();
      const id = session.fresh('tx');
      const elder = await session.init(id);
      await session.produce(id, elder, { values: ['open'] });
      const answer = await session.ask(
        session.connection.initProducerId({ transactionalId: id, transactionTimeoutMs: 60_000 }),
      );
      expect(answer.errorCode).toBe(E.CONCURRENT_TRANSACTIONS);
      const younger = await session.init(id);
      expect(younger).toEqual({ producerId: elder.producerId, producerEpoch: elder.producerEpoch + 2 });
      expect((await session.produce(id, elder, { values: ['zombie'], sequence: 1 })).errorCode).toBe(
        E.INVALID_PRODUCER_EPOCH,
      );
      expect((await session.endTxn(id, elder, true)).errorCode).toBe(E.PRODUCER_FENCED);
      await session.stable();
      expect(await session.committedFrom(session.end)).toEqual([]);
    });

    test('unknown ids and foreign producers', async () => {
      const id = session.fresh('tx');
      const identity = await session.init(id);
      const stranger = { ...identity, producerId: identity.producerId + 77_777 };
      expect((await session.endTxn(id, stranger, true)).errorCode).toBe(E.INVALID_PRODUCER_ID_MAPPING);
      expect((await session.endTxn(session.fresh('unknown'), identity, true)).errorCode).toBe(
        E.INVALID_PRODUCER_ID_MAPPING,
      );
      expect((await session.produce(id, stranger, { values: ['a'] })).errorCode).toBe(
        E.INVALID_PRODUCER_ID_MAPPING,
      );
    });

    test(
      'a transaction open for too long is aborted, and its producer refused',
      async () => {
        await session.begin();
        const id = session.fresh('tx');
        const identity = await session.init(id, 1_000);
        await session.produce(id, identity, { values: ['too long'] });
        expect(await session.offsetOf(LOG_END, 'read_committed')).toBe(session.end);
        expect(await session.stable()).toBe(session.end + 2);
        expect(await session.committedFrom(session.end)).toEqual([]);
        // By its epoch the request looks like a repetition of the abort that the coordinator itself decided.
        expect((await session.endTxn(id, identity, true)).errorCode).toBe(E.INVALID_TXN_STATE);
        expect((await session.endTxn(id, identity, false)).errorCode).toBe(E.NONE);
        expect((await session.produce(id, identity, { values: ['more'], sequence: 1 })).errorCode).toBe(
          E.INVALID_PRODUCER_EPOCH,
        );
        expect((await session.init(id)).producerEpoch).toBe(identity.producerEpoch + 2);
      },
      TIMEOUT_MS,
    );
  });

  describe('sequence numbers', () => {
    test('a batch sent again stands once; a gap and a step back are refused', async () => {
      await session.begin();
      const id = session.fresh('tx');
      const identity = await session.init(id);
      expect(await session.produce(id, identity, { values: ['a', 'b'] })).toEqual({
        errorCode: E.NONE,
        baseOffset: session.end,
      });
      expect(await session.produce(id, identity, { values: ['a', 'b'] })).toEqual({
        errorCode: E.NONE,
        baseOffset: session.end,
      });
      expect((await session.produce(id, identity, { values: ['d'], sequence: 3 })).errorCode).toBe(
        E.OUT_OF_ORDER_SEQUENCE_NUMBER,
      );
      expect(await session.produce(id, identity, { values: ['c'], sequence: 2 })).toEqual({
        errorCode: E.NONE,
        baseOffset: session.end + 2,
      });
      const next = identityOf(await session.endTxn(id, identity, true));
      await session.stable();
      expect((await session.produce(id, next, { values: ['e'], sequence: 3 })).errorCode).toBe(
        E.OUT_OF_ORDER_SEQUENCE_NUMBER,
      );
      expect((await session.produce(id, next, { values: ['e'] })).errorCode).toBe(E.NONE);
      await session.endTxn(id, next, false);
      await session.stable();
      expect(await session.committedFrom(session.end)).toEqual(['a', 'b', 'c']);
    });
  });

  describe('reading', () => {
    test('the last stable offset stands before an open transaction; aborted ones are listed', async () => {
      await session.begin();
      const [one, two] = [session.fresh('tx'), session.fresh('tx')];
      const first = await session.init(one);
      const second = await session.init(two);
      await session.produce(one, first, { values: ['aborted'] });
      await session.produce(two, second, { values: ['kept'] });
      expect(await session.offsetOf(LOG_END, 'read_uncommitted')).toBe(session.end + 2);
      expect(await session.offsetOf(LOG_END, 'read_committed')).toBe(session.end);
      await session.endTxn(two, second, true);
      expect(await session.committedFrom(session.end)).toEqual([]);
      await session.endTxn(one, first, false);
      expect(await session.stable()).toBe(session.end + 4);
      const part = await session.fetchFrom(session.end, 'read_committed');
      expect(part).toMatchObject({
        errorCode: E.NONE,
        highWatermark: session.end + 4,
        lastStableOffset: session.end + 4,
        aborted: [{ producerId: first.producerId, firstOffset: session.end }],
      });
      expect(await session.committedFrom(session.end)).toEqual(['kept']);
      expect((await session.fetchFrom(session.end, 'read_uncommitted'))?.aborted).toEqual([]);
    });

    test('a leader is read from only in the epoch in which it leads', async () => {
      const { topics } = await session.ask(session.connection.metadata({ topics: [session.broker.topic] }));
      const { leaderEpoch = -1 } = topics[0]?.partitions[0] ?? {};
      expect(leaderEpoch).toBeGreaterThanOrEqual(0);
      const codes = [leaderEpoch, leaderEpoch + 1].map(async (epoch) => {
        const part = await session.fetchFrom(session.end, 'read_committed', epoch);
        return part?.errorCode;
      });
      expect(await Promise.all(codes)).toEqual([E.NONE, E.UNKNOWN_LEADER_EPOCH]);
    });

    test('positions outside the log, and topics nobody knows', async () => {
      const high = await session.stable();
      expect((await session.fetchFrom(high + 10, 'read_committed'))?.errorCode).toBe(E.OFFSET_OUT_OF_RANGE);
      expect((await session.fetchFrom(high, 'read_committed'))?.records).toHaveLength(0);
      expect(await session.offsetOf(LOG_START, 'read_committed')).toBe(0);
      expect(await session.offsetOf(Date.UTC(2099, 0, 1), 'read_uncommitted')).toBe(-1);
      const { topics } = await session.ask(
        session.connection.metadata({ topics: [session.fresh('no-such-topic')] }),
      );
      expect(topics[0]?.errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION);
    });
  });
}
