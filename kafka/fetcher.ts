/**
 * Fetches committed records of many partitions at once: one long poll to each leader, in parallel. It keeps no positions: the
 * caller says each time where to read, so positions may jump between calls. Nothing below the position asked for is returned,
 * and nothing at or beyond the last stable offset.
 */
import type { Cluster } from './cluster.ts';
import { nameOfError, reactionTo } from './error-codes.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { Lane } from './lane.ts';
import { committedRecords } from './read-committed.ts';
import type { LogRecord } from './record-batch-reader.ts';
import {
  type BrokerConnection,
  type FetchAnswer,
  type FetchedPartition,
  LOG_END,
  LOG_START,
  type TopicPartition,
  TransportFailure,
} from './requests.ts';
import { RetryBudget, type RetryLimits } from './retry-budget.ts';

export type FetchPosition = TopicPartition & { readonly offset: number };

/** What one fetch brought for one partition: records to show, or a position to move to, or neither. */
export type Fetched = TopicPartition & {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  readonly lastStableOffset: number;
};

export type FetchOptions = {
  readonly waitMs: number;
  /** Records at or beyond this offset are left out. */
  readonly to?: number;
};

/** A partition's share of an answer; a single larger batch still comes whole. */
const PARTITION_BYTES_MAX = 1024 * 1024;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** A fetch waits at most `waitMs` at the broker; an answer that takes this much longer is not coming. */
const REQUEST_TIMEOUT_MS = 15_000;
const RETRY_LIMITS: RetryLimits = { budgetMs: 10_000, pauseFirstMs: 20, pauseMaxMs: 500 };

type LeaderPart = { readonly leader: number; readonly positions: FetchPosition[] };
type LeaderResult = { readonly fetched: Fetched[]; readonly failure?: Error };

export class Fetcher {
  readonly #cluster: Cluster;
  readonly #lane: Lane;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#lane = cluster.lane(REQUEST_TIMEOUT_MS);
  }

  /**
   * Partitions that were answered for, also those without anything new. Fails with `offset-out-of-range`, with
   * `temporarily-unavailable` when no leader answers for a while, with `refused`, `unknown-topic` or `corrupt-log`.
   */
  async fetch(positions: readonly FetchPosition[], options: FetchOptions): Promise<Fetched[]> {
    if (positions.length === 0) {
      await this.#cluster.clock.sleep(options.waitMs);
      return [];
    }
    const budget = new RetryBudget(this.#cluster.clock, RETRY_LIMITS);
    for (;;) {
      const parts = await this.#byLeader(positions);
      const results = await Promise.all(parts.map((part) => this.#fetchFrom(part, options)));
      const fetched = results.flatMap((result) => result.fetched);
      const failure = results.find((result) => result.failure !== undefined)?.failure;
      if (fetched.length > 0 || failure === undefined) return fetched;
      await budget.pause(() => failure);
    }
  }

  async close(): Promise<void> {
    await this.#lane.close();
  }

  async #byLeader(positions: readonly FetchPosition[]): Promise<LeaderPart[]> {
    const parts = new Map<number, FetchPosition[]>();
    for (const position of positions) {
      const leader = await this.#cluster.leaderOf(position.topic, position.partition);
      const part = parts.get(leader);
      if (part === undefined) parts.set(leader, [position]);
      else part.push(position);
    }
    return [...parts].map(([leader, part]) => ({ leader, positions: part }));
  }

  async #fetchFrom({ leader, positions }: LeaderPart, options: FetchOptions): Promise<LeaderResult> {
    const ids = await this.#topicIds(positions);
    try {
      const broker = await this.#lane.to(leader);
      const answer = await broker.fetch({
        maxWaitMs: options.waitMs,
        maxBytes: ANSWER_BYTES_MAX,
        isolation: 'read_committed',
        partitions: positions.map(({ topic, partition, offset }) => ({
          topicId: ids.get(topic) as string,
          partition,
          offset,
          maxBytes: PARTITION_BYTES_MAX,
        })),
      });
      return await this.#read(answer, positions, { ids, options, broker });
    } catch (cause) {
      if (!(cause instanceof TransportFailure)) throw cause;
      this.#forgetTopics(positions);
      return {
        fetched: [],
        failure: new KafkaFailure('temporarily-unavailable', `Fetching: ${cause.message}.`, { cause }),
      };
    }
  }

  async #topicIds(positions: readonly FetchPosition[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    for (const { topic } of positions)
      if (!ids.has(topic)) ids.set(topic, (await this.#cluster.topic(topic)).id);
    return ids;
  }

  async #read(
    answer: FetchAnswer,
    positions: readonly FetchPosition[],
    context: ReadContext,
  ): Promise<LeaderResult> {
    const parts = new Map(answer.partitions.map((part) => [`${part.topicId} ${part.partition}`, part]));
    const fetched: Fetched[] = [];
    let failure: Error | undefined;
    if (answer.errorCode !== 0) {
      this.#forgetTopics(positions);
      failure = fetchFailure('temporarily-unavailable', answer.errorCode);
    }
    for (const position of positions) {
      const part = parts.get(`${context.ids.get(position.topic)} ${position.partition}`);
      if (part === undefined) continue;
      if (part.errorCode === 0) fetched.push(readPartition(part, position, context.options));
      else failure = await this.#reactTo(part.errorCode, position, context.broker);
    }
    return failure === undefined ? { fetched } : { fetched, failure };
  }

  /** What to report if nothing else came; throws what no repetition can mend. */
  async #reactTo(errorCode: number, position: FetchPosition, broker: BrokerConnection): Promise<Error> {
    const reaction = reactionTo('fetch', errorCode);
    if (reaction === 'offset-out-of-range') throw await outOfRange(position, broker);
    if (reaction === 'refresh') this.#cluster.forgetTopic(position.topic);
    else if (reaction !== 'retry') throw fetchFailure('refused', errorCode, position);
    return fetchFailure('temporarily-unavailable', errorCode, position);
  }

  #forgetTopics(positions: readonly FetchPosition[]): void {
    for (const { topic } of positions) this.#cluster.forgetTopic(topic);
  }
}

type ReadContext = {
  readonly ids: ReadonlyMap<string, string>;
  readonly options: FetchOptions;
  readonly broker: BrokerConnection;
};

function readPartition(part: FetchedPartition, position: FetchPosition, { to }: FetchOptions): Fetched {
  const { topic, partition, offset } = position;
  const range = { from: offset, to: to ?? Number.MAX_SAFE_INTEGER };
  return { topic, partition, lastStableOffset: part.lastStableOffset, ...committedRecords(part, range) };
}

async function outOfRange(position: FetchPosition, broker: BrokerConnection): Promise<KafkaFailure> {
  const { topic, partition, offset } = position;
  const [start, end] = await boundsOf(position, broker);
  return new KafkaFailure(
    'offset-out-of-range',
    `Position ${offset} of ${topic}-${partition} is outside the log, which holds ${start} to ${end}: ` +
      (offset < start
        ? 'retention removed what was not read yet. Restore the topic from its archive before going on.'
        : 'the log is shorter than what was read from it. The broker lost records, or this is another cluster.'),
  );
}

/** An answer that refuses a position does not say where the log begins and ends. */
async function boundsOf(
  { topic, partition }: FetchPosition,
  broker: BrokerConnection,
): Promise<[number, number]> {
  const ask = async (timestampMs: number): Promise<number> => {
    const partitions = [{ topic, partition, timestampMs }];
    const answer = await broker.listOffsets({ isolation: 'read_uncommitted', partitions });
    return answer.partitions[0]?.offset ?? -1;
  };
  return [await ask(LOG_START), await ask(LOG_END)];
}

function fetchFailure(
  code: 'temporarily-unavailable' | 'refused',
  errorCode: number,
  position?: FetchPosition,
): KafkaFailure {
  const place = position === undefined ? 'records' : `${position.topic}-${position.partition}`;
  return new KafkaFailure(code, `The cluster answered a fetch of ${place} with ${nameOfError(errorCode)}.`);
}
