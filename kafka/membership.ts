/**
 * Membership in a consumer group by the classic protocol: join, agree on an assignment, keep the session alive by heartbeats,
 * leave. Unlike ready-made consumers it never joins again by itself: when the coordinator wants that, `rebalancing` becomes
 * true and the identity in force stays what it was, so that the caller can finish its transaction under it first (KIP-447).
 *
 * With an instance id the member is static (KIP-345): a restarted process takes its own place back at once and without a
 * rebalance, and whoever else runs under that name is fenced.
 */
import { assign } from './assignor.ts';
import type { Cluster } from './cluster.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts';
import { kafkaErrors, reactionTo } from './error-codes.ts';
import type { KafkaFailure, KafkaFailureCode } from './kafka-failure.ts';
import type { Lane } from './lane.ts';
import { failureFor } from './repeat-request.ts';
import {
  type BrokerConnection,
  type JoinGroupAnswer,
  type MemberIdentity,
  TransportFailure,
} from './requests.ts';
import { RetryBudget, type RetryLimits } from './retry-budget.ts';

type MembershipOptions = {
  readonly cluster: Cluster;
  readonly groupId: string;
  readonly topic: string;
  /** Name of a static member; null for one that is forgotten when it ends. */
  readonly instanceId: string | null;
  /** A member without heartbeats for this long is taken for dead. */
  readonly sessionTimeoutMs: number;
  /** How long the coordinator waits for all members to join again. */
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
};

/** Structurally the assignment of the engine's ports. */
export type Assignment = {
  readonly identity: Omit<MemberIdentity, 'groupId'>;
  readonly partitions: readonly number[];
};

const PROTOCOL_NAME = 'fluxo-sticky';
/** A join may take as long as the slowest member takes to join, and a little for the way. */
const JOIN_MARGIN_MS = 10_000;
const JOIN_LIMITS: RetryLimits = { budgetMs: 60_000, pauseFirstMs: 10, pauseMaxMs: 500 };
const GENERATION_NONE = -1;

export class Membership {
  readonly #options: MembershipOptions;
  readonly #joinLane: Lane;
  readonly #heartbeatLane: Lane;
  #memberId = '';
  #assignment: Assignment | null = null;
  #rebalancing = false;
  /** Heartbeats keep the membership in force alive: not once it is forgotten, nor while joining, which keeps a member alive itself. */
  #isBeating = false;
  #fenced: KafkaFailure | null = null;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#joinLane = options.cluster.lane(options.rebalanceTimeoutMs + JOIN_MARGIN_MS);
    this.#heartbeatLane = options.cluster.lane(options.sessionTimeoutMs / 2);
  }

  /** True as soon as the coordinator wants the members to join again, or has forgotten this one. */
  get rebalancing(): boolean {
    return this.#rebalancing;
  }

  /** Set when another process has taken this member's place; there is no way on for this one. */
  get fenced(): KafkaFailure | null {
    return this.#fenced;
  }

  /** Joins, or joins again. Fails with `producer-fenced`, `temporarily-unavailable` or `refused`. */
  async join(): Promise<Assignment> {
    const budget = new RetryBudget(this.#options.cluster.clock, JOIN_LIMITS);
    this.#isBeating = false;
    for (;;) {
      if (this.#fenced !== null) throw this.#fenced;
      const result = await this.#unansweredAsUnavailable(() => this.#joinOnce());
      if (typeof result !== 'number') {
        this.#assignment = result;
        this.#rebalancing = false;
        this.#isBeating = true;
        void this.#keepAlive(result);
        return result;
      }
      await this.#prepareNextAttempt(result, budget);
    }
  }

  /**
   * Whether the coordinator still takes this identity for a member of its generation. A group that waits for its members to
   * join again still does. Fails with `stale-generation` or `producer-fenced`, or with a `TransportFailure`.
   */
  async assertMember(identity: Assignment['identity']): Promise<void> {
    const broker = await this.#coordinator(this.#heartbeatLane);
    const { errorCode } = await broker.heartbeat({ groupId: this.#options.groupId, ...identity });
    if (errorCode === kafkaErrors.NONE || errorCode === kafkaErrors.REBALANCE_IN_PROGRESS) return;
    const reaction = reactionTo('offsetFetch', errorCode);
    if (reaction === 'retry' || reaction === 'refresh') {
      this.forgetCoordinator();
      throw new TransportFailure('not-sent', 'the coordinator of the group has moved');
    }
    throw this.#noteLoss(errorCode, reaction as KafkaFailureCode);
  }

  /** Leaves, so that others take over at once; a static member keeps its place unless it leaves `forGood`. Never throws. */
  async leave({ forGood }: { readonly forGood: boolean }): Promise<void> {
    const { groupId, instanceId } = this.#options;
    const hasPlace = this.#assignment !== null && this.#fenced === null;
    const memberId = this.#memberId;
    this.#assignment = null;
    this.#rebalancing = true;
    try {
      if (hasPlace && (instanceId === null || forGood)) {
        const broker = await this.#coordinator(this.#heartbeatLane);
        await broker.leaveGroup({ groupId, memberId, instanceId, reason: 'the process ends' });
      }
    } catch {
      // The session timeout does what the request could not.
    }
    await Promise.all([this.#joinLane.close(), this.#heartbeatLane.close()]);
  }

  forgetCoordinator(): void {
    this.#options.cluster.forgetCoordinator('group', this.#options.groupId);
  }

  async #coordinator(lane: Lane): Promise<BrokerConnection> {
    return await lane.to(await this.#options.cluster.coordinatorOf('group', this.#options.groupId));
  }

  /** One round of JoinGroup and SyncGroup: an assignment, or the error code that stood in the way. */
  async #joinOnce(): Promise<Assignment | number> {
    const { cluster, groupId, topic, instanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    const broker = await this.#coordinator(this.#joinLane);
    const joined = await broker.joinGroup({
      groupId,
      memberId: this.#memberId,
      instanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocolName: PROTOCOL_NAME,
      metadata: encodeSubscription({ topic, ...this.#held() }),
    });
    if (joined.memberId !== '') this.#memberId = joined.memberId;
    if (joined.errorCode !== kafkaErrors.NONE) return joined.errorCode;
    const identity = { generationId: joined.generationId, memberId: joined.memberId, instanceId };
    const synced = await broker.syncGroup({
      groupId,
      ...identity,
      protocolName: PROTOCOL_NAME,
      assignments: await this.#assignmentsOf(joined),
    });
    if (synced.errorCode !== kafkaErrors.NONE) return synced.errorCode;
    // Who has let a member in is not cut off from its cluster. Whoever told us who leads may be, and what it leads itself ends for it
    // where it ended then: a state restored from there would lack what was published since.
    await cluster.learnFrom(broker);
    return { identity, partitions: decodeAssignment(synced.assignment, topic) };
  }

  #held(): { owned: readonly number[]; generationId: number } {
    const { partitions, identity } = this.#assignment ?? { partitions: [], identity: null };
    return { owned: partitions, generationId: identity?.generationId ?? GENERATION_NONE };
  }

  /** The leader decides for all; for the others, and for a leader that came back to its own assignment, there is nothing to say. */
  async #assignmentsOf(joined: JoinGroupAnswer): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const { cluster, topic } = this.#options;
    if (joined.leader !== joined.memberId || joined.skipAssignment) return [];
    cluster.forgetTopic(topic);
    const { leaders } = await cluster.topic(topic);
    const candidates = joined.members.map(({ memberId, instanceId, metadata }) => ({
      memberId,
      instanceId,
      ...decodeSubscription(metadata, topic),
    }));
    return [...assign(candidates, leaders.length)].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(topic, partitions),
    }));
  }

  /** Gets ready to join again after a refusal. Throws if there is no point. */
  async #prepareNextAttempt(errorCode: number, budget: RetryBudget): Promise<void> {
    switch (errorCode) {
      case kafkaErrors.MEMBER_ID_REQUIRED:
        return; // the answer brought an id, which the next attempt uses
      case kafkaErrors.UNKNOWN_MEMBER_ID:
        this.#memberId = '';
        break;
      case kafkaErrors.ILLEGAL_GENERATION:
      case kafkaErrors.REBALANCE_IN_PROGRESS:
        break;
      default: {
        const reaction = reactionTo('joinGroup', errorCode);
        if (reaction === 'refresh') this.forgetCoordinator();
        else if (reaction !== 'retry') throw this.#noteLoss(errorCode, reaction as KafkaFailureCode);
      }
    }
    await budget.pause(() => failureFor('joinGroup', errorCode, 'temporarily-unavailable'));
  }

  /** Joining twice is harmless: the second finds the first, or takes its place. */
  async #unansweredAsUnavailable(attempt: () => Promise<Assignment | number>): Promise<Assignment | number> {
    try {
      return await attempt();
    } catch (failure) {
      if (failure instanceof TransportFailure) return kafkaErrors.COORDINATOR_NOT_AVAILABLE;
      throw failure;
    }
  }

  /** Heartbeats while this assignment is in force, also while the group waits for us to join again: we may be finishing a transaction. */
  async #keepAlive(assignment: Assignment): Promise<void> {
    const { clock } = this.#options.cluster;
    let lastAnsweredMs = clock.nowMs();
    while (this.#assignment === assignment && this.#isBeating) {
      await clock.sleep(this.#options.heartbeatIntervalMs);
      if (this.#assignment !== assignment || !this.#isBeating) return;
      const isAnswered = await this.#beat(assignment);
      if (isAnswered) lastAnsweredMs = clock.nowMs();
      // By now the coordinator has given the partitions to others, whether it can say so or not.
      else if (clock.nowMs() - lastAnsweredMs > this.#options.sessionTimeoutMs) this.#rebalancing = true;
    }
  }

  /** One heartbeat; false if no coordinator answered. */
  async #beat({ identity }: Assignment): Promise<boolean> {
    try {
      const broker = await this.#coordinator(this.#heartbeatLane);
      const { errorCode } = await broker.heartbeat({ groupId: this.#options.groupId, ...identity });
      if (this.#assignment?.identity === identity) this.#reactToBeat(errorCode);
      return true;
    } catch {
      this.forgetCoordinator();
      return false;
    }
  }

  #reactToBeat(errorCode: number): void {
    if (errorCode === kafkaErrors.NONE) return;
    const reaction = reactionTo('offsetFetch', errorCode);
    if (reaction === 'retry' || reaction === 'refresh') this.forgetCoordinator();
    else this.#noteLoss(errorCode, reaction as KafkaFailureCode);
  }

  /** Remembers that this membership is over (or about to be), and how that is to be reported. */
  #noteLoss(errorCode: number, code: KafkaFailureCode): KafkaFailure {
    const failure = failureFor('the group', errorCode, code);
    this.#rebalancing = true;
    if (errorCode !== kafkaErrors.REBALANCE_IN_PROGRESS) this.#isBeating = false;
    if (errorCode === kafkaErrors.UNKNOWN_MEMBER_ID) this.#memberId = '';
    if (code === 'producer-fenced') this.#fenced = failure;
    return failure;
  }
}
