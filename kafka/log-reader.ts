/**
 * Reads logs without being a member of any group: where partitions begin and end, a range of one to its last record, or many
 * partitions for ever. Only committed records are returned.
 */
import { allTopics } from '@fluxo/schemas';
import type { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import { type Fetched, Fetcher } from './fetcher.ts';
import type { Lane } from './lane.ts';
import type { LogRecord } from './record-batch-reader.ts';
import { orUnavailable, repeatRequest } from './repeat-request.ts';
import { type BrokerConnection, type Isolation, LOG_END, LOG_START, TransportFailure } from './requests.ts';
import type { RetryLimits } from './retry-budget.ts';

/** A range of one partition, `to` not included. */
export type ReadRange = {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};

/** What one fetch brought for one partition. */
export type TopicBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Where to go on: behind the last record looked at, also when it was a control record or an aborted one. */
  readonly nextOffset: number;
  /** Where committed records ended when it was fetched. */
  readonly lastStableOffset: number;
};

const REQUEST_TIMEOUT_MS = 5_000;
const LIMITS: RetryLimits = { budgetMs: 15_000, pauseFirstMs: 20, pauseMaxMs: 500 };

/** Where everything is stable and yet nothing stands at a position of these, compaction removed it; tiered storage takes no compacted topic (KIP-405). */
const COMPACTED = new Set(allTopics.filter(({ cleanup }) => cleanup === 'compact').map(({ name }) => name));

/** How long `read` lets the broker wait for a pending transaction to end before it asks again. */
const STABLE_WAIT_MS = 100;

export class LogReader {
  readonly #cluster: Cluster;
  readonly #offsetsLane: Lane;
  readonly #rangeFetcher: Fetcher;
  readonly #tailFetcher: Fetcher;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#offsetsLane = cluster.lane(REQUEST_TIMEOUT_MS);
    this.#rangeFetcher = new Fetcher(cluster);
    this.#tailFetcher = new Fetcher(cluster);
  }

  /** How many partitions the topic has. Fails with `unknown-topic`. */
  async partitionsOf(topic: string): Promise<number> {
    return (await this.#cluster.topic(topic)).leaders.length;
  }

  /** The topic's id: a topic that is deleted and made again has another one. Fails with `unknown-topic`. */
  async topicId(topic: string): Promise<string> {
    return (await this.#cluster.topic(topic)).id;
  }

  /** The end of the partition with everything uncommitted (the high watermark). */
  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#offset({ topic, partition, timestampMs: LOG_END });
  }

  /** How far readers of committed records can see: the first offset of a transaction still open, or the end. */
  async stableOffset(topic: string, partition: number): Promise<number> {
    return this.#offset({ topic, partition, timestampMs: LOG_END }, 'read_committed');
  }

  /** The first offset still in the log. */
  async startOffset(topic: string, partition: number): Promise<number> {
    return this.#offset({ topic, partition, timestampMs: LOG_START });
  }

  /** The first offset whose record is at or after this time; the end offset if none is. */
  async offsetAtTime(topic: string, partition: number, timestampMs: number): Promise<number> {
    // The end comes first: what is appended in between must not be skipped.
    const end = await this.endOffset(topic, partition);
    const offset = await this.#offset({ topic, partition, timestampMs: Math.max(0, timestampMs) });
    return offset < 0 ? end : offset;
  }

  /**
   * Yields committed records from `from` up to, not including, `to`, batch by batch, and fetches the next one meanwhile; waits while a
   * pending transaction holds the last stable offset below `to`, and yields empty batches meanwhile, so that a reader can give
   * up. Ends also where the last offsets of the range hold nothing to show.
   *
   * An answer without records is the end only of a compacted topic. Of any other it says nothing: a broker gives one, without an
   * error, where what is asked for lies in tiered storage and does not come within remote.fetch.max.wait.ms. So it is asked again.
   */
  async *read(range: ReadRange): AsyncGenerator<readonly LogRecord[]> {
    let offset = range.from;
    let fetching = offset < range.to ? this.#fetchRange(range, offset) : null;
    while (fetching !== null) {
      const fetched: Fetched | undefined = await fetching;
      const nextOffset = Math.max(offset, fetched?.nextOffset ?? offset);
      const isRemoved =
        COMPACTED.has(range.topic) && nextOffset === offset && (fetched?.lastStableOffset ?? 0) >= range.to;
      const isAtEnd = nextOffset >= range.to || isRemoved;
      offset = nextOffset;
      fetching = isAtEnd ? null : this.#fetchRange(range, offset);
      if (fetched !== undefined) yield fetched.records;
    }
  }

  /** Undefined: throttled; an answer without the partition says nothing about it. */
  #fetchRange({ topic, partition, to }: ReadRange, offset: number): Promise<Fetched | undefined> {
    const positions = [{ topic, partition, offset }];
    const fetching = this.#rangeFetcher
      .fetch(positions, { waitMs: STABLE_WAIT_MS, to })
      .then(([fetched]) => fetched);
    fetching.catch(() => undefined); // whoever reads on is told; nobody may
    return fetching;
  }

  /**
   * Committed records from these positions on (topic → partition → offset); an empty list if nothing came in `waitMs`. Also
   * reports positions that moved without records. Fails like `Fetcher.fetch`.
   */
  async fetch(
    positions: ReadonlyMap<string, ReadonlyMap<number, number>>,
    waitMs: number,
  ): Promise<readonly TopicBatch[]> {
    const flat = [...positions].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, offset]) => ({ topic, partition, offset })),
    );
    const fetched = await this.#tailFetcher.fetch(flat, { waitMs });
    return fetched.filter((each) => each.nextOffset > (positions.get(each.topic)?.get(each.partition) ?? 0));
  }

  /** Closes the reader's connections; closing the cluster does it as well. */
  async close(): Promise<void> {
    await Promise.all([this.#offsetsLane.close(), this.#rangeFetcher.close(), this.#tailFetcher.close()]);
  }

  async #offset(
    place: { topic: string; partition: number; timestampMs: number },
    isolation: Isolation = 'read_uncommitted',
  ): Promise<number> {
    const { topic, partition } = place;
    let offset = -1;
    await repeatRequest({
      request: 'listOffsets',
      clock: this.#cluster.clock,
      limits: LIMITS,
      exhausted: 'temporarily-unavailable',
      attempt: () =>
        this.#fromLeader(topic, partition, async (broker) => {
          const answer = await broker.listOffsets({ isolation, partitions: [place] });
          const [found] = answer.partitions;
          offset = found?.offset ?? -1;
          return [found?.errorCode ?? kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION];
        }),
      refresh: () => this.#cluster.forgetTopic(topic),
    });
    return offset;
  }

  /** Asking changes nothing, so a question without an answer may be asked again. */
  async #fromLeader(
    topic: string,
    partition: number,
    ask: (leader: BrokerConnection) => Promise<readonly number[]>,
  ): Promise<readonly number[]> {
    const leader = await this.#cluster.leaderOf(topic, partition);
    try {
      return await orUnavailable(
        async () => ask(await this.#offsetsLane.to(leader)),
        kafkaErrors.LEADER_NOT_AVAILABLE,
      );
    } catch (failure) {
      if (failure instanceof TransportFailure) return [kafkaErrors.LEADER_NOT_AVAILABLE];
      throw failure;
    }
  }
}
