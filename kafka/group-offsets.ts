/**
 * How far consumer groups are, seen from outside: for lag, and for waiting until everything is read. Not for members, which read
 * their positions under their own membership (`ConsumerGroup.committed`).
 */
import type { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import type { Lane } from './lane.ts';
import { repeatRequest } from './repeat-request.ts';
import { type OffsetFetchAnswer, TransportFailure } from './requests.ts';

export type GroupTopic = { readonly groupId: string; readonly topic: string };

const REQUEST_TIMEOUT_MS = 5_000;
const LIMITS = { budgetMs: 15_000, pauseFirstMs: 20, pauseMaxMs: 500 };

export class GroupOffsets {
  readonly #cluster: Cluster;
  readonly #lane: Lane;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#lane = cluster.lane(REQUEST_TIMEOUT_MS);
  }

  /**
   * Partition → the offset the group goes on at; partitions it has committed nothing for are left out. Only what is committed counts,
   * and it is answered at once, also while a pending transaction is about to move it on. Fails with `temporarily-unavailable`, `unknown-topic` or `refused`.
   */
  async committed(group: GroupTopic): Promise<ReadonlyMap<number, number>> {
    const { leaders } = await this.#cluster.topic(group.topic);
    const partitions = leaders.map((_, partition) => partition);
    let offsets: OffsetFetchAnswer['partitions'] = [];
    await repeatRequest({
      request: 'offsetFetch',
      clock: this.#cluster.clock,
      limits: LIMITS,
      attempt: async () => {
        const answer = await this.#ask(group, partitions);
        offsets = answer.partitions;
        return [answer.errorCode, ...offsets.map(({ errorCode }) => errorCode)];
      },
      refresh: () => this.#cluster.forgetCoordinator('group', group.groupId),
      exhausted: 'temporarily-unavailable',
    });
    return new Map(
      offsets.filter(({ offset }) => offset >= 0).map(({ partition, offset }) => [partition, offset]),
    );
  }

  /** Asking changes nothing, so it may be asked again whatever became of the question. */
  async #ask({ groupId, topic }: GroupTopic, partitions: readonly number[]): Promise<OffsetFetchAnswer> {
    try {
      const coordinator = await this.#lane.to(await this.#cluster.coordinatorOf('group', groupId));
      return await coordinator.offsetFetch({ groupId, topic, partitions, requireStable: false });
    } catch (failure) {
      if (!(failure instanceof TransportFailure)) throw failure;
      return { errorCode: kafkaErrors.COORDINATOR_NOT_AVAILABLE, partitions: [] };
    }
  }
}
