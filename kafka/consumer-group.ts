/**
 * This process as a member of the consumer group of one topic: membership, committed offsets and committed records. What it
 * commits or reads is always tied to the identity its caller names, never to whatever membership is in force by then: a batch
 * that was read before a rebalance must not be committed after it (KIP-447).
 */
import type { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import { type Fetched, Fetcher } from './fetcher.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { Lane } from './lane.ts';
import { type Assignment, Membership } from './membership.ts';
import type { LogRecord } from './record-batch-reader.ts';
import { repeatRequest } from './repeat-request.ts';
import { type BrokerConnection, type OffsetFetchAnswer, TransportFailure } from './requests.ts';
import type { RetryLimits } from './retry-budget.ts';

type ConsumerGroupOptions = {
  readonly cluster: Cluster;
  readonly groupId: string;
  readonly topic: string;
  /** A name that only this process has and that stays over its restarts; without one the member is dynamic. */
  readonly instanceId?: string | null;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
};

/** What one fetch brought for one partition. */
export type PartitionBatch = {
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Where to go on: behind the last record looked at, also when it was a control record or an aborted one. */
  readonly nextOffset: number;
};

/** Where a group goes on in a partition (null: it has not begun), and what was noted there. */
export type CommittedOffset = { readonly offset: number | null; readonly note: string };

/** Session: the least a broker allows by default, because a dead member holds its partitions for as long. */
const DEFAULTS = { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000, heartbeatIntervalMs: 1_000 };

const REQUEST_TIMEOUT_MS = 5_000;
const REQUEST_LIMITS: RetryLimits = { budgetMs: 15_000, pauseFirstMs: 10, pauseMaxMs: 200 };
/** A pending transaction ends by its own timeout (10 s) and the coordinator's next look (10 s) at the latest. */
const STABLE_LIMITS: RetryLimits = { budgetMs: 30_000, pauseFirstMs: 5, pauseMaxMs: 50 };

export class ConsumerGroup {
  readonly #options: ConsumerGroupOptions;
  readonly #membership: Membership;
  readonly #fetcher: Fetcher;
  readonly #offsetsLane: Lane;

  constructor(options: ConsumerGroupOptions) {
    this.#options = options;
    const { cluster, instanceId = null } = options;
    this.#membership = new Membership({ ...DEFAULTS, ...options, instanceId });
    this.#fetcher = new Fetcher(cluster);
    this.#offsetsLane = cluster.lane(REQUEST_TIMEOUT_MS);
  }

  /** True as soon as the coordinator wants the members to join again, or has forgotten this one. */
  get rebalancing(): boolean {
    return this.#membership.rebalancing;
  }

  /**
   * Joins, or joins again after `rebalancing` became true. Fails with `producer-fenced` when another process has this
   * instance id, with `temporarily-unavailable`, or with `refused`.
   */
  async join(): Promise<Assignment> {
    return this.#membership.join();
  }

  /**
   * Resolves while the coordinator takes this identity for a member, also one it wants to join again. Fails with
   * `stale-generation`, with `producer-fenced` when another process has its place, or with `temporarily-unavailable`.
   */
  async assertMember(identity: Assignment['identity']): Promise<void> {
    await this.#repeat('offsetFetch', REQUEST_LIMITS, async () => {
      await this.#membership.assertMember(identity);
      return [kafkaErrors.NONE];
    });
  }

  /**
   * Committed offsets of these partitions and what was noted with them; waits while a pending transaction may still change them, and
   * fails with `transaction-pending` when it stays so. The identity is checked after reading, so that they were still ours when
   * they were read: fails with `stale-generation` if not.
   */
  async committed(assignment: Assignment): Promise<ReadonlyMap<number, CommittedOffset>> {
    const told = await this.#stableOffsets(assignment.partitions);
    const committed = new Map(told.map((each) => [each.partition, committedOf(each)]));
    for (const partition of assignment.partitions)
      if (!committed.has(partition))
        throw new KafkaFailure(
          'temporarily-unavailable',
          `The group's offset of partition ${partition} was not told.`,
        );
    await this.assertMember(assignment.identity);
    return committed;
  }

  async #stableOffsets(partitions: readonly number[]): Promise<OffsetFetchAnswer['partitions']> {
    const { groupId, topic } = this.#options;
    let told: OffsetFetchAnswer['partitions'] = [];
    if (partitions.length > 0)
      await this.#repeat('offsetFetch', STABLE_LIMITS, async (broker) => {
        const answer = await broker.offsetFetch({ groupId, topic, partitions, requireStable: true });
        told = answer.partitions;
        return [answer.errorCode, ...told.map(({ errorCode }) => errorCode)];
      });
    return told;
  }

  /**
   * Committed records from these positions on (partition → offset); an empty list if nothing came in `waitMs`. Fails with
   * `offset-out-of-range` or `temporarily-unavailable`.
   */
  async fetch(positions: ReadonlyMap<number, number>, waitMs: number): Promise<readonly PartitionBatch[]> {
    if (this.#membership.fenced !== null) throw this.#membership.fenced;
    const { topic } = this.#options;
    const list = [...positions].map(([partition, offset]) => ({ topic, partition, offset }));
    const fetched: readonly Fetched[] = await this.#fetcher.fetch(list, { waitMs });
    return fetched.filter(({ partition, nextOffset }) => nextOffset > (positions.get(partition) ?? 0));
  }

  /**
   * Commits positions (partition → next offset) outside any transaction. Repeating it is harmless, so it is repeated while the
   * coordinator is away. Fails with `stale-generation` if this identity is no longer a member.
   */
  async commit(offsets: ReadonlyMap<number, number>, identity: Assignment['identity']): Promise<void> {
    if (offsets.size === 0) return;
    const { groupId, topic } = this.#options;
    const list = [...offsets].map(([partition, offset]) => ({ topic, partition, offset }));
    await this.#repeat('offsetCommit', REQUEST_LIMITS, async (broker) => {
      const answer = await broker.offsetCommit({ groupId, ...identity, offsets: list });
      return answer.partitions.map(({ errorCode }) => errorCode);
    });
  }

  /**
   * Ends the membership: a dynamic member leaves, so that others take over at once; a static one keeps its place for its
   * restart, unless it leaves `forGood`. Never throws.
   */
  async leave({ forGood = false }: { readonly forGood?: boolean } = {}): Promise<void> {
    await this.#membership.leave({ forGood });
    await Promise.all([this.#fetcher.close(), this.#offsetsLane.close()]);
  }

  async #repeat(
    request: 'offsetFetch' | 'offsetCommit',
    limits: RetryLimits,
    send: (broker: BrokerConnection) => Promise<readonly number[]>,
  ): Promise<void> {
    const { cluster, groupId } = this.#options;
    await repeatRequest({
      request,
      clock: cluster.clock,
      limits,
      exhausted: 'temporarily-unavailable',
      attempt: async () => {
        try {
          return await send(await this.#offsetsLane.to(await cluster.coordinatorOf('group', groupId)));
        } catch (failure) {
          if (failure instanceof TransportFailure) return [kafkaErrors.COORDINATOR_NOT_AVAILABLE];
          throw failure;
        }
      },
      refresh: () => cluster.forgetCoordinator('group', groupId),
    });
  }
}

function committedOf({ offset, metadata }: OffsetFetchAnswer['partitions'][number]): CommittedOffset {
  return { offset: offset < 0 ? null : offset, note: metadata };
}
