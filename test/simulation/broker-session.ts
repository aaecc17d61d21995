/**
 * A session of the broker contract: the requests the processor makes, with names of their own for every test, and with the
 * patience a client needs where a broker says "not yet". What is asked and waited for is the same for a simulated broker and a
 * real one; only how time passes differs.
 */
import { kafkaErrors as E, nameOfError } from '../../kafka/error-codes.ts';
import { committedRecords } from '../../kafka/read-committed.ts';
import {
  type BrokerConnection,
  type JoinGroupAnswer,
  LOG_END,
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

export const PROTOCOL = 'contract';
export const TIMEOUT_MS = 60_000;

/** A coordinator that is busy with the transaction before, or has just started. */
const notYet: readonly number[] = [
  E.CONCURRENT_TRANSACTIONS,
  E.COORDINATOR_LOAD_IN_PROGRESS,
  E.NOT_COORDINATOR,
  E.COORDINATOR_NOT_AVAILABLE,
];

function demand(errorCode: number, allowed: readonly number[]): void {
  if (!allowed.includes(errorCode))
    throw new Error(`the broker answered ${nameOfError(errorCode)}, so what the test is about cannot begin`);
}

export class BrokerSession {
  readonly broker: BrokerUnderTest;
  readonly connection: BrokerConnection;
  /** Where the log of partition 0 ended when the test began. */
  end = 0;
  #names = 0;

  constructor(broker: BrokerUnderTest, connection: BrokerConnection) {
    this.broker = broker;
    this.connection = connection;
  }

  static async open(open: () => Promise<BrokerUnderTest>): Promise<BrokerSession> {
    const broker = await open();
    return new BrokerSession(broker, await broker.settle(broker.connect()));
  }

  ask<Result>(promise: Promise<Result>): Promise<Result> {
    return this.broker.settle(promise);
  }

  fresh(what: string): string {
    return `${what}-${this.broker.topic}-${++this.#names}`;
  }

  async init(transactionalId: string, transactionTimeoutMs = 60_000): Promise<ProducerIdentity> {
    for (;;) {
      const answer = await this.ask(
        this.connection.initProducerId({ transactionalId, transactionTimeoutMs }),
      );
      if (answer.errorCode === E.NONE) return identityOf(answer);
      demand(answer.errorCode, notYet);
      await this.broker.sleep(20);
    }
  }

  /** One batch of these values; the answer's error number and offset. A partition busy with the transaction before is asked again. */
  async produce(
    transactionalId: string,
    identity: ProducerIdentity,
    options: { values: string[]; sequence?: number; partition?: number },
  ) {
    const { values, sequence = 0, partition = 0 } = options;
    const bytes = plainBatch(
      values.map((value) => ({ key: null, value: Buffer.from(value) })),
      { ...identity, baseSequence: sequence },
    );
    for (;;) {
      const { partitions } = await this.ask(
        this.connection.produce({
          transactionalId,
          timeoutMs: 5_000,
          batches: [{ topic: this.broker.topic, partition, bytes }],
        }),
      );
      const { errorCode = -99, baseOffset = -99 } = partitions[0] ?? {};
      if (errorCode !== E.NOT_ENOUGH_REPLICAS) return { errorCode, baseOffset };
      await this.broker.sleep(5);
    }
  }

  async endTxn(transactionalId: string, identity: ProducerIdentity, isCommit: boolean) {
    return this.ask(this.connection.endTxn({ ...identity, transactionalId, isCommit }));
  }

  /** Repeats an end until the coordinator has completed the one before. */
  async endAgain(transactionalId: string, identity: ProducerIdentity, isCommit: boolean) {
    for (;;) {
      const answer = await this.endTxn(transactionalId, identity, isCommit);
      if (answer.errorCode !== E.CONCURRENT_TRANSACTIONS) return answer;
      await this.broker.sleep(5);
    }
  }

  async offsetOf(timestampMs: number, isolation: 'read_committed' | 'read_uncommitted', partition = 0) {
    const { partitions } = await this.ask(
      this.connection.listOffsets({
        isolation,
        partitions: [{ topic: this.broker.topic, partition, timestampMs }],
      }),
    );
    return partitions[0]?.offset;
  }

  /** Waits until no transaction is open on the partition. */
  async stable(partition = 0): Promise<number> {
    for (;;) {
      const high = (await this.offsetOf(LOG_END, 'read_uncommitted', partition)) ?? -1;
      if ((await this.offsetOf(LOG_END, 'read_committed', partition)) === high) return high;
      await this.broker.sleep(5);
    }
  }

  async topicId(): Promise<string> {
    const { topics } = await this.ask(this.connection.metadata({ topics: [this.broker.topic] }));
    return topics[0]?.topicId ?? '';
  }

  async fetchFrom(offset: number, isolation: 'read_committed' | 'read_uncommitted', leaderEpoch = -1) {
    const topicId = await this.topicId();
    const partitions = [{ topicId, partition: 0, leaderEpoch, offset, maxBytes: 1_000_000 }];
    const answer = await this.ask(
      this.connection.fetch({ maxWaitMs: 50, maxBytes: 1_000_000, isolation, partitions }),
    );
    return answer.partitions[0];
  }

  async committedFrom(offset: number): Promise<string[]> {
    const part = await this.fetchFrom(offset, 'read_committed');
    if (part === undefined) return [];
    const { records } = committedRecords(part, { from: offset, to: Number.MAX_SAFE_INTEGER });
    return records.map(({ value }) => Buffer.from(value ?? []).toString());
  }

  join(groupId: string, member: { memberId: string; instanceId: string | null; metadata?: string }) {
    return this.connection.joinGroup({
      groupId,
      memberId: member.memberId,
      instanceId: member.instanceId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 5_000,
      protocolName: PROTOCOL,
      metadata: Buffer.from(member.metadata ?? 'm'),
    });
  }

  sync(
    groupId: string,
    joined: JoinGroupAnswer,
    instanceId: string | null,
    assignments: { memberId: string; assignment: Uint8Array }[] = [],
  ) {
    return this.connection.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      instanceId,
      protocolName: PROTOCOL,
      assignments,
    });
  }

  identityIn(groupId: string, joined: JoinGroupAnswer, instanceId: string | null): MemberIdentity {
    return {
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      instanceId,
    };
  }

  /** A group of one static member. */
  async staticMember(groupId: string, instanceId: string): Promise<JoinGroupAnswer> {
    const joined = await this.ask(this.join(groupId, { memberId: '', instanceId }));
    demand(joined.errorCode, [E.NONE]);
    const assignments = [{ memberId: joined.memberId, assignment: Buffer.from('all') }];
    const synced = await this.ask(this.sync(groupId, joined, instanceId, assignments));
    demand(synced.errorCode, [E.NONE]);
    return joined;
  }

  async commitOffset(
    transactionalId: string,
    producer: ProducerIdentity,
    options: { member: MemberIdentity; offset: number },
  ) {
    const { member, offset } = options;
    for (;;) {
      const { partitions } = await this.ask(
        this.connection.txnOffsetCommit({
          ...member,
          ...producer,
          transactionalId,
          offsets: [{ topic: this.broker.topic, partition: 0, offset }],
        }),
      );
      const errorCode = partitions[0]?.errorCode;
      if (errorCode !== E.CONCURRENT_TRANSACTIONS) return errorCode;
      await this.broker.sleep(5);
    }
  }

  async offsetsIn(groupId: string, requireStable: boolean) {
    const answer = await this.ask(
      this.connection.offsetFetch({ groupId, topic: this.broker.topic, partitions: [0], requireStable }),
    );
    demand(answer.errorCode, [E.NONE]);
    const { errorCode, offset } = answer.partitions[0] ?? {};
    return { errorCode, offset };
  }

  async committedSoon(groupId: string) {
    for (;;) {
      const found = await this.offsetsIn(groupId, true);
      if (found.errorCode !== E.UNSTABLE_OFFSET_COMMIT) return found;
      await this.broker.sleep(5);
    }
  }

  /** Tests share the partition; each that looks at offsets begins at its end. */
  async begin(): Promise<void> {
    this.end = await this.stable();
  }
}

export function identityOf({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch };
}
