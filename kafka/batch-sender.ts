/**
 * Brings record batches to the leaders of their partitions: one request to each leader, in parallel; what a leader refuses for
 * now is sent again with the same bytes, and so with the same sequence numbers, which a broker recognises.
 */
import { type Cluster, leaderIn, type Topic } from './cluster.ts';
import { reactionTo } from './error-codes.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { Lane } from './lane.ts';
import type { Batches } from './outgoing-batches.ts';
import { repeatRequest } from './repeat-request.ts';
import type { ProduceAnswer } from './requests.ts';
import type { RetryLimits } from './retry-budget.ts';

type BatchSenderOptions = {
  readonly cluster: Cluster;
  readonly lane: Lane;
  /** Null: outside any transaction. */
  readonly transactionalId: string | null;
  readonly limits: RetryLimits;
};

/** How long a broker may wait for its in-sync replicas; less than our own time limit for requests. */
const REPLICATION_WAIT_MS = 5_000;

type Batch = Batches[number];
type Outcome = Pick<ProduceAnswer['partitions'][number], 'errorCode'> & { readonly batch: Batch };

export class BatchSender {
  readonly #options: BatchSenderOptions;
  /** The longest of the brokers' last words about a quota, and until when that is, by the clock. */
  #throttle = { forMs: 0, untilMs: 0 };

  constructor(options: BatchSenderOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all batches (at most one per partition) stand in the log. Fails with codes of `error-codes.ts`, and whoever leads
   * is then asked for anew: a leader that is gone, or cut off from its followers, says nothing of another one.
   */
  async send(batches: Batches): Promise<void> {
    try {
      await this.#untilAccepted(batches);
    } catch (failure) {
      this.#forgetTopics(batches);
      throw failure;
    }
  }

  /** Waits while a broker would not read what is sent to it. No longer than it said, also where the clock goes back meanwhile. */
  async untilHeard(): Promise<void> {
    const { clock } = this.#options.cluster;
    const { forMs, untilMs } = this.#throttle;
    const restMs = Math.min(forMs, untilMs - clock.nowMs());
    if (restMs > 0) await clock.sleep(restMs);
  }

  async #untilAccepted(batches: Batches): Promise<void> {
    const { cluster, limits } = this.#options;
    let rest = batches;
    await repeatRequest({
      request: 'produce',
      clock: cluster.clock,
      limits,
      exhausted: 'outcome-unknown',
      attempt: async () => {
        const refused = await this.#sendOnce(rest);
        rest = refused.map(({ batch }) => batch);
        return refused.map(({ errorCode }) => errorCode);
      },
      refresh: () => this.#forgetTopics(rest),
    });
  }

  #forgetTopics(batches: Batches): void {
    for (const { topic } of batches) this.#options.cluster.forgetTopic(topic);
  }

  /** What was not accepted. Waits for all leaders, also when one of them fails: nothing may still be under way afterwards. */
  async #sendOnce(batches: Batches): Promise<Outcome[]> {
    const parts = [...(await this.#byLeader(batches))];
    const results = await Promise.allSettled(parts.map(([leader, part]) => this.#sendToLeader(leader, part)));
    const outcomes: Outcome[] = [];
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
      outcomes.push(...result.value);
    }
    return outcomes.filter(({ errorCode }) => reactionTo('produce', errorCode) !== 'done');
  }

  async #byLeader(batches: Batches): Promise<ReadonlyMap<number, Batch[]>> {
    const parts = new Map<number, Batch[]>();
    let topic: Topic | undefined;
    for (const batch of batches) {
      if (topic?.name !== batch.topic) topic = await this.#options.cluster.topic(batch.topic);
      const leader = leaderIn(topic, batch.partition);
      const part = parts.get(leader);
      if (part === undefined) parts.set(leader, [batch]);
      else part.push(batch);
    }
    return parts;
  }

  async #sendToLeader(leader: number, batches: readonly Batch[]): Promise<Outcome[]> {
    const { lane, transactionalId } = this.#options;
    const broker = await lane.to(leader);
    const answer = await broker.produce({ transactionalId, timeoutMs: REPLICATION_WAIT_MS, batches });
    this.#noteThrottle(answer.throttleMs);
    return batches.map((batch) => ({ batch, errorCode: errorCodeFor(batch, answer) }));
  }

  #noteThrottle(forMs: number): void {
    const untilMs = this.#options.cluster.clock.nowMs() + forMs;
    if (untilMs > this.#throttle.untilMs) this.#throttle = { forMs, untilMs };
  }
}

function errorCodeFor({ topic, partition }: Batch, { partitions }: ProduceAnswer): number {
  const answer = partitions.find((each) => each.partition === partition && each.topic === topic);
  if (answer !== undefined) return answer.errorCode;
  throw new KafkaFailure(
    'outcome-unknown',
    `A broker's answer does not mention ${topic}-${partition}, which was sent to it: what became of it is unknown.`,
  );
}
