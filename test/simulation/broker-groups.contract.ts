/**
 * What a broker answers to the members of a group and to offsets that travel in a transaction, as a suite that the simulated cluster
 * and a real one must both pass (see `broker-transactions.contract.ts`).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaErrors as E } from '../../kafka/error-codes.ts';
import type { MemberIdentity } from '../../kafka/requests.ts';
import { BrokerSession, type BrokerUnderTest, identityOf, PROTOCOL, TIMEOUT_MS } from './broker-session.ts';

export function brokerGroupsContract(open: () => Promise<BrokerUnderTest>): void {
  let session: BrokerSession;

  beforeAll(async () => {
    session = await BrokerSession.open(open);
  }, TIMEOUT_MS);

  afterAll(() => session.broker.close());

  describe('offsets in a transaction', () => {
    test('are unstable until it ends, then those of a commit, or the former ones', async () => {
      const [groupId, id] = [session.fresh('group'), session.fresh('tx')];
      const joined = await session.staticMember(groupId, 'one');
      const member = session.identityIn(groupId, joined, 'one');
      expect(await session.offsetsIn(groupId, true)).toEqual({ errorCode: E.NONE, offset: -1 });
      const first = await session.init(id);
      expect(await session.commitOffset(id, first, { member, offset: 5 })).toBe(E.NONE);
      expect(await session.offsetsIn(groupId, true)).toEqual({
        errorCode: E.UNSTABLE_OFFSET_COMMIT,
        offset: -1,
      });
      expect(await session.offsetsIn(groupId, false)).toEqual({ errorCode: E.NONE, offset: -1 });
      const second = identityOf(await session.endTxn(id, first, true));
      expect(await session.committedSoon(groupId)).toEqual({ errorCode: E.NONE, offset: 5 });
      expect(await session.commitOffset(id, second, { member, offset: 9 })).toBe(E.NONE);
      expect(await session.offsetsIn(groupId, false)).toEqual({ errorCode: E.NONE, offset: 5 });
      await session.endTxn(id, second, false);
      expect(await session.committedSoon(groupId)).toEqual({ errorCode: E.NONE, offset: 5 });
    });

    test('are refused from a stale membership, a foreign one, and a fenced producer', async () => {
      const [groupId, id] = [session.fresh('group'), session.fresh('tx')];
      const joined = await session.staticMember(groupId, 'one');
      const member = session.identityIn(groupId, joined, 'one');
      const elder = await session.init(id);
      const commit = (change: Partial<MemberIdentity>) =>
        session.commitOffset(id, elder, { member: { ...member, ...change }, offset: 1 });
      expect(await commit({ generationId: joined.generationId + 1 })).toBe(E.ILLEGAL_GENERATION);
      expect(await commit({ memberId: 'stranger' })).toBe(E.FENCED_INSTANCE_ID);
      expect(await commit({ memberId: 'stranger', instanceId: null })).toBe(E.UNKNOWN_MEMBER_ID);
      expect(await commit({ instanceId: 'two' })).toBe(E.UNKNOWN_MEMBER_ID);
      expect(await commit({ groupId: session.fresh('no-such-group') })).toBe(E.ILLEGAL_GENERATION);
      expect(await commit({ generationId: -1, memberId: '', instanceId: null })).toBe(E.NONE);
      await session.init(id);
      expect(await commit({})).toBe(E.INVALID_PRODUCER_EPOCH);
    });

    test('of a group nobody knows are none', async () => {
      expect(await session.offsetsIn(session.fresh('no-such-group'), true)).toEqual({
        errorCode: E.NONE,
        offset: -1,
      });
    });
  });

  describe('a group', () => {
    test('gives a static member its place back without a rebalance, and fences whoever had it', async () => {
      const groupId = session.fresh('group');
      const elder = await session.staticMember(groupId, 'one');
      const younger = await session.ask(session.join(groupId, { memberId: '', instanceId: 'one' }));
      expect(younger).toMatchObject({
        errorCode: E.NONE,
        generationId: elder.generationId,
        leader: younger.memberId,
        skipAssignment: true,
        members: [{ memberId: younger.memberId, instanceId: 'one' }],
      });
      expect(younger.memberId).not.toBe(elder.memberId);
      const synced = await session.ask(session.sync(groupId, younger, 'one'));
      expect(Buffer.from(synced.assignment).toString()).toBe('all');
      expect(
        await session.ask(session.connection.heartbeat(session.identityIn(groupId, elder, 'one'))),
      ).toEqual({
        errorCode: E.FENCED_INSTANCE_ID,
      });
      expect(
        await session.ask(session.connection.heartbeat(session.identityIn(groupId, younger, 'one'))),
      ).toEqual({
        errorCode: E.NONE,
      });
      const again = await session.ask(session.join(groupId, { memberId: elder.memberId, instanceId: 'one' }));
      expect(again.errorCode).toBe(E.FENCED_INSTANCE_ID);
    });

    test('is asked to join again when somebody comes; then the former generation is over', async () => {
      const groupId = session.fresh('group');
      const one = await session.staticMember(groupId, 'one');
      const other = await session.ask(session.broker.connect());
      const two = other.joinGroup({
        groupId,
        memberId: '',
        instanceId: 'two',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 5_000,
        protocolName: PROTOCOL,
        metadata: Buffer.from('m'),
      });
      const identity = session.identityIn(groupId, one, 'one');
      for (;;) {
        const { errorCode } = await session.ask(session.connection.heartbeat(identity));
        if (errorCode === E.REBALANCE_IN_PROGRESS) break;
        await session.broker.sleep(5);
      }
      const id = session.fresh('tx');
      const producer = await session.init(id);
      // The transaction under way may still be finished under the old generation.
      expect(await session.commitOffset(id, producer, { member: identity, offset: 3 })).toBe(E.NONE);
      expect((await session.endTxn(id, producer, true)).errorCode).toBe(E.NONE);
      const again = await session.ask(session.join(groupId, { memberId: one.memberId, instanceId: 'one' }));
      const newcomer = await session.ask(two);
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
      const later = identityOf(await session.endAgain(id, producer, true));
      expect(await session.commitOffset(id, later, { member: identity, offset: 4 })).toBe(
        E.ILLEGAL_GENERATION,
      );
      expect(await session.ask(session.connection.heartbeat(identity))).toEqual({
        errorCode: E.ILLEGAL_GENERATION,
      });
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
      const synced = await session.ask(session.sync(groupId, again, 'one', assignments));
      expect(Buffer.from(synced.assignment).toString()).toBe('first');
      expect(Buffer.from((await session.ask(waiting)).assignment).toString()).toBe('second');
      expect(
        await session.ask(session.connection.heartbeat(session.identityIn(groupId, again, 'one'))),
      ).toEqual({
        errorCode: E.NONE,
      });
      await other.close();
    });

    test('names a dynamic member before it lets it in, and forgets one that leaves', async () => {
      const groupId = session.fresh('group');
      const named = await session.ask(session.join(groupId, { memberId: '', instanceId: null }));
      expect(named.errorCode).toBe(E.MEMBER_ID_REQUIRED);
      const joined = await session.ask(session.join(groupId, { memberId: named.memberId, instanceId: null }));
      expect(joined).toMatchObject({ errorCode: E.NONE, memberId: named.memberId, leader: named.memberId });
      const synced = await session.ask(
        session.sync(groupId, joined, null, [{ memberId: joined.memberId, assignment: Buffer.from('all') }]),
      );
      expect(synced.errorCode).toBe(E.NONE);
      const identity = session.identityIn(groupId, joined, null);
      expect(await session.ask(session.connection.heartbeat({ ...identity, generationId: 99 }))).toEqual({
        errorCode: E.ILLEGAL_GENERATION,
      });
      expect(await session.ask(session.connection.heartbeat({ ...identity, memberId: 'stranger' }))).toEqual({
        errorCode: E.UNKNOWN_MEMBER_ID,
      });
      expect(
        await session.ask(
          session.connection.leaveGroup({
            groupId,
            memberId: joined.memberId,
            instanceId: null,
            reason: 'over',
          }),
        ),
      ).toEqual({ errorCode: E.NONE });
      expect(await session.ask(session.connection.heartbeat(identity))).toEqual({
        errorCode: E.UNKNOWN_MEMBER_ID,
      });
      expect(
        await session.ask(session.join(session.fresh('group'), { memberId: 'stranger', instanceId: null })),
      ).toMatchObject({
        errorCode: E.UNKNOWN_MEMBER_ID,
      });
    });

    test(
      'takes a silent member for dead after its session',
      async () => {
        const groupId = session.fresh('group');
        const joined = await session.ask(
          session.connection.joinGroup({
            groupId,
            memberId: '',
            instanceId: 'one',
            sessionTimeoutMs: 6_000,
            rebalanceTimeoutMs: 5_000,
            protocolName: PROTOCOL,
            metadata: Buffer.from('m'),
          }),
        );
        await session.ask(
          session.sync(groupId, joined, 'one', [
            { memberId: joined.memberId, assignment: Buffer.from('all') },
          ]),
        );
        await session.broker.sleep(7_500);
        expect(
          await session.ask(session.connection.heartbeat(session.identityIn(groupId, joined, 'one'))),
        ).toEqual({
          errorCode: E.UNKNOWN_MEMBER_ID,
        });
      },
      TIMEOUT_MS,
    );
  });
}
