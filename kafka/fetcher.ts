/**
 * Fetches committed records of many partitions at once: one long poll to each leader, in parallel. It keeps no positions: the
 * caller says each time where to read, so positions may jump between calls. Nothing below the position asked for is returned,
 * and nothing at or beyond the last stable offset.
 */
import { allTopics } from '@fluxo/schemas';
import { type Cluster, leaderIn, type Topic } from './cluster.ts';
import { reactionTo } from './error-codes.ts';
import { KafkaFailure, type KafkaFailureCode, UnreadablePartition } from './kafka-failure.ts';
import type { Lane } from './lane.ts';
import { committedRecords } from './read-committed.ts';
import type { LogRecord } from './record-batch-reader.ts';
import { failureFor } from './repeat-request.ts';
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

type FetchPosition = TopicPartition & { readonly offset: number };

/** What one fetch brought for one partition: records to show, or a position to move to, or neither. */
export type Fetched = TopicPartition & {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  readonly lastStableOffset: number;
};

type FetchOptions = {
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

/** A caller that is answered for some of its partitions is told from time to time that others have been refused ever since. */
const TOLD_EVERY_MS = 3_000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** A position as its leader is asked for it. */
type Wanted = FetchPosition & {
  readonly topicId: string;
  readonly leaderEpoch: number;
  readonly maxBytes: number;
};
type LeaderPart = { readonly leader: number; readonly wanted: Wanted[] };
type LeaderResult = { readonly fetched: Fetched[]; readonly failure: Error | undefined };
type Refused = { readonly errorCode: number; readonly position: Wanted };

export class Fetcher {
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  /** Since when every answer has refused some partitions and not all, and why; anew when the caller has been told. */
  #refusal: { readonly sinceMs: number; failure: Error } | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#lane = cluster.lane(REQUEST_TIMEOUT_MS);
  }

  /**
   * Partitions that were answered for, also those without anything new. Fails with `offset-out-of-range`, with
   * `temporarily-unavailable` when no leader answers for a while, with `refused` or `unknown-topic`; with an `UnreadablePartition`
   * where what stands next cannot be read. Where only some partitions are refused for seconds on end, one call in that time fails
   * with `temporarily-unavailable`, without having asked for anything: the caller hears of it, and the next call brings the others.
   */
  async fetch(positions: readonly FetchPosition[], options: FetchOptions): Promise<Fetched[]> {
    const { clock } = this.#cluster;
    if (positions.length === 0) {
      await clock.sleep(options.waitMs);
      return [];
    }
    this.#tellRefusal();
    const budget = new RetryBudget(clock, RETRY_LIMITS);
    const waitedMs = clock.nowMs() + options.waitMs;
    for (;;) {
      const parts = await this.#byLeader(positions);
      const { fetched, failure } = await this.#fetchParts(parts, options);
      this.#noteRefusal(fetched.length > 0 ? failure : undefined);
      if (failure === undefined || hasMoved(fetched, positions)) return fetched;
      // A broker that refuses one partition answers at once for all: the others have waited when we have.
      if (fetched.length > 0 && clock.nowMs() >= waitedMs) return fetched;
      await budget.pause(() => failure);
    }
  }

  #noteRefusal(failure: Error | undefined): void {
    const sinceMs = this.#refusal?.sinceMs ?? this.#cluster.clock.nowMs();
    this.#refusal = failure === undefined ? null : { sinceMs, failure };
  }

  #tellRefusal(): void {
    if (this.#refusal === null) return;
    const { sinceMs, failure } = this.#refusal;
    if (this.#cluster.clock.nowMs() - sinceMs < TOLD_EVERY_MS) return;
    this.#refusal = null;
    throw failure;
  }

  async close(): Promise<void> {
    await this.#lane.close();
  }

  async #byLeader(positions: readonly FetchPosition[]): Promise<readonly LeaderPart[]> {
    const parts: LeaderPart[] = [];
    let topic: Topic | undefined;
    for (const { topic: name, partition, offset } of positions) {
      if (topic?.name !== name) topic = await this.#cluster.topic(name);
      const leader = leaderIn(topic, partition);
      const [topicId, leaderEpoch = -1] = [topic.id, topic.epochs[partition]];
      const wanted = { topic: name, topicId, partition, leaderEpoch, offset, maxBytes: PARTITION_BYTES_MAX };
      const part = parts.find((each) => each.leader === leader);
      if (part === undefined) parts.push({ leader, wanted: [wanted] });
      else part.wanted.push(wanted);
    }
    return parts;
  }

  async #fetchParts(parts: readonly LeaderPart[], options: FetchOptions): Promise<LeaderResult> {
    const [first] = parts;
    if (first !== undefined && parts.length === 1) return this.#fetchFrom(first, options);
    const results = await Promise.all(parts.map((part) => this.#fetchFrom(part, options)));
    const fetched = results.flatMap((result) => result.fetched);
    return { fetched, failure: results.find(({ failure }) => failure !== undefined)?.failure };
  }

  async #fetchFrom({ leader, wanted }: LeaderPart, options: FetchOptions): Promise<LeaderResult> {
    try {
      const broker = await this.#lane.to(leader);
      const answer = await broker.fetch({
        maxWaitMs: options.waitMs,
        maxBytes: ANSWER_BYTES_MAX,
        isolation: 'read_committed',
        partitions: wanted,
      });
      const { fetched, refused } = read(answer, wanted, options);
      const failure = answer.errorCode === 0 ? undefined : this.#reactToWhole(answer.errorCode, wanted);
      if (refused.length === 0) return { fetched, failure };
      return { fetched, failure: await this.#reactTo(refused, broker) };
    } catch (cause) {
      if (!(cause instanceof TransportFailure)) throw cause;
      this.#forgetTopics(wanted);
      return {
        fetched: [],
        failure: new KafkaFailure('temporarily-unavailable', `Fetching: ${cause.message}.`, { cause }),
      };
    }
  }

  #reactToWhole(errorCode: number, wanted: readonly Wanted[]): Error {
    this.#forgetTopics(wanted);
    return failureFor('a fetch', errorCode, 'temporarily-unavailable');
  }

  /** What to report if nothing else came; throws what no repetition can mend. */
  async #reactTo(refused: readonly Refused[], broker: BrokerConnection): Promise<Error | undefined> {
    let failure: Error | undefined;
    for (const { errorCode, position } of refused) {
      const told = reactionTo('fetch', errorCode);
      const isOld = told === 'offset-out-of-range' && (await this.#isLedByAnother(position));
      const reaction = isOld ? 'retry' : told;
      if (reaction === 'offset-out-of-range') throw await outOfRange(position, broker);
      const request = `a fetch of ${position.topic}-${position.partition} at ${position.offset}`;
      if (reaction === 'refresh') this.#cluster.forgetTopic(position.topic);
      else if (reaction === 'corrupt-log')
        throw new UnreadablePartition(position, failureFor(request, errorCode, reaction));
      else if (reaction !== 'retry') throw failureFor(request, errorCode, reaction as KafkaFailureCode);
      failure = failureFor(request, errorCode, 'temporarily-unavailable');
    }
    return failure;
  }

  /** Whether another broker knows a later leader: one that is cut off from its cluster has not what others have read since. */
  async #isLedByAnother({ topic, partition, leaderEpoch }: Wanted): Promise<boolean> {
    this.#cluster.forgetTopic(topic);
    return (await this.#cluster.topic(topic)).epochs[partition] !== leaderEpoch;
  }

  #forgetTopics(positions: readonly FetchPosition[]): void {
    for (const { topic } of positions) this.#cluster.forgetTopic(topic);
  }
}

/** What an answer says about the positions it was asked for. A broker may leave some out. */
function read(answer: FetchAnswer, wanted: readonly Wanted[], options: FetchOptions) {
  const fetched: Fetched[] = [];
  const refused: Refused[] = [];
  for (const position of wanted) {
    const part = answer.partitions.find(
      ({ topicId, partition }) => partition === position.partition && topicId === position.topicId,
    );
    if (part === undefined) continue;
    if (part.errorCode === 0) fetched.push(readPartition(part, position, options));
    else refused.push({ errorCode: part.errorCode, position });
  }
  return { fetched, refused };
}

function readPartition(part: FetchedPartition, position: FetchPosition, { to }: FetchOptions): Fetched {
  const { topic, partition, offset } = position;
  const range = { from: offset, to: to ?? Number.MAX_SAFE_INTEGER };
  try {
    return { topic, partition, lastStableOffset: part.lastStableOffset, ...committedRecords(part, range) };
  } catch (failure) {
    throw failure instanceof KafkaFailure ? new UnreadablePartition(position, failure) : failure;
  }
}

function hasMoved(fetched: readonly Fetched[], positions: readonly FetchPosition[]): boolean {
  return fetched.some(({ topic, partition, nextOffset }) =>
    positions.some(
      (each) => each.topic === topic && each.partition === partition && nextOffset > each.offset,
    ),
  );
}

async function outOfRange(position: FetchPosition, broker: BrokerConnection): Promise<KafkaFailure> {
  const { topic, partition, offset } = position;
  const [start, end] = await boundsOf(position, broker);
  return new KafkaFailure(
    'offset-out-of-range',
    `Position ${offset} of ${topic}-${partition} is outside the log, which holds ${start} to ${end}: ` +
      (offset < start
        ? `retention removed what was not read yet. ${adviceOnRemoved(topic, start)}`
        : 'the log is shorter than what was read from it. The broker lost records, or this is another cluster.'),
  );
}

function adviceOnRemoved(topic: string, start: number): string {
  const retentionMs = allTopics.find(({ name }) => name === topic)?.retentionMs ?? null;
  return retentionMs === null
    ? 'Restore the topic from its archive before going on.'
    : `It keeps nothing for longer than ${retentionMs / DAY_MS} days, by design: read on at ${start}.`;
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
