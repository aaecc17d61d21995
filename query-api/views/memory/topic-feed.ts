/**
 * Keeps the memory view equal to the two compacted topics: reads all partitions of both, or those of its shard, from the beginning,
 * read_committed and without a consumer group (every process says what it wants), and then follows them for ever. The view counts as loaded once all
 * has been applied that was in the topics when the feed started. While the cluster or the registry is away it waits and the
 * view goes on answering with what it has; a record it cannot read is left out and reported, because one key without its newest
 * state is better than no answers at all.
 *
 * What is said to have arrived is there as a whole. One transaction changes many documents, and what a fetch brings may end in the middle of one:
 * so their revisions arrive when everything is applied that was committed when it was fetched. What a merchant has become (closed, say) is in another
 * topic: it is applied when the documents are that stood in the log when it was fetched, for those of the records before it are among them.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import type { MemoryView } from './memory-view.ts';

export type LogRecord = {
  readonly offset: number;
  /** Epoch milliseconds, by the broker's clock. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
};

export type TopicBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  /** Where committed records ended when it was fetched: never in the middle of a transaction. */
  readonly lastStableOffset: number;
};

/** Topic → partition → offset. */
export type Positions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What the feed needs of a log; `LogReader` of `kafka/` is one. */
export interface LogTail {
  startOffset(topic: string, partition: number): Promise<number>;
  /** With everything that is not committed. */
  endOffset(topic: string, partition: number): Promise<number>;
  /** Committed records from these positions on; an empty list if nothing came in `waitMs`. */
  fetch(positions: Positions, waitMs: number): Promise<readonly TopicBatch[]>;
}

/** What the feed tells about itself. Every method must be quick and never throw. */
export interface FeedObserver {
  applied(topic: string, records: readonly LogRecord[]): void;
  loaded(done: { readonly records: number; readonly durationMs: number }): void;
  skipped(record: { topic: string; partition: number; offset: number; detail: string }): void;
  retrying(error: unknown): void;
}

export type TopicFeedOptions = {
  readonly log: LogTail;
  readonly codecs: { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec };
  readonly view: MemoryView;
  /** Which partitions of each topic it reads. */
  readonly partitions: readonly number[];
  readonly observer: FeedObserver;
};

const FETCH_WAIT_MS = 500;
const PAUSE_MS = 500;

/** Records applied before other work of the process gets its turn; about a millisecond or two. */
const SLICE_RECORDS = 250;

/** Merchants that wait until documents are applied up to an offset of the same partition. */
type Held = { readonly batch: TopicBatch; readonly documentsTo: number };

type Fetched = { readonly batches: readonly TopicBatch[]; readonly error?: unknown };

export class TopicFeed {
  readonly #options: TopicFeedOptions;
  /** Next offset to be applied, and to be fetched: fetching runs ahead by one. */
  #applied = new Map<string, Map<number, number>>();
  #fetchFrom = new Map<string, Map<number, number>>();
  #goals: Positions = new Map();
  /** Batches that were fetched and are not applied. */
  #waiting: readonly TopicBatch[] = [];
  #held: readonly Held[] = [];
  /** Partition → merchant → greatest revision of documents that are applied and have not arrived: more may belong to them. */
  readonly #arriving = new Map<number, Map<string, number>>();
  #fetching: Promise<Fetched> | null = null;
  #records = 0;
  #isStopping = false;

  constructor(options: TopicFeedOptions) {
    this.#options = options;
  }

  /** Next offset to be applied, by topic and partition. */
  get positions(): Positions {
    return this.#applied;
  }

  /** Time of the oldest record of the partition that was fetched and is not applied; null: none waits. Epoch milliseconds. */
  waitingSinceMs(topic: string, partition: number): number | null {
    const batch = this.#waiting.find((each) => each.topic === topic && each.partition === partition);
    return batch?.records[0]?.timestampMs ?? null;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Follows the topics until `stop` is called; fails with what waiting cannot heal, and the process should then end. */
  async run(): Promise<void> {
    const startedMs = performance.now();
    await this.#persistently(() => this.#begin());
    while (!this.#isStopping) {
      await this.#persistently(() => this.#advance());
      if (!this.#options.view.isLoaded && this.#hasReachedGoals()) {
        this.#options.view.isLoaded = true;
        this.#options.observer.loaded({ records: this.#records, durationMs: performance.now() - startedMs });
      }
    }
    await this.#fetching;
  }

  /** Learns where the topics begin, and where they end now: the goal of loading. */
  async #begin(): Promise<void> {
    const { log, partitions } = this.#options;
    const starts = new Map<string, Map<number, number>>();
    const goals = new Map<string, Map<number, number>>();
    // Merchants come first: what they were before their goal is then no further than the documents before theirs.
    for (const { name: topic } of [topics.merchants, topics.dailyBalances]) {
      const read = async (partition: number) => ({
        partition,
        start: await log.startOffset(topic, partition),
        end: await log.endOffset(topic, partition),
      });
      const ends = await Promise.all(partitions.map(read));
      starts.set(topic, new Map(ends.map(({ partition, start }) => [partition, start])));
      goals.set(topic, new Map(ends.map(({ partition, end }) => [partition, end])));
    }
    this.#applied = starts;
    this.#goals = goals;
    this.#fetchFrom = copyOf(starts);
  }

  /** Applies what was fetched while the next fetch is under way. Fails after all that can be applied is. */
  async #advance(): Promise<void> {
    this.#fetching ??= this.#fetch();
    const { batches, error } = await this.#fetching;
    this.#fetching = null;
    if (error !== undefined) throw error;
    for (const { topic, partition, nextOffset } of batches)
      this.#fetchFrom.get(topic)?.set(partition, nextOffset);
    if (!this.#isStopping) this.#fetching = this.#fetch();
    this.#waiting = [...this.#held.map(({ batch }) => batch), ...batches];
    const documents = batches.filter(({ topic }) => topic === topics.dailyBalances.name);
    const failures = await failuresOf([
      ...documents.map((batch) => () => this.#apply(batch)),
      () => this.#advanceMerchants(batches.filter(({ topic }) => topic === topics.merchants.name)),
    ]);
    // Whoever waits for the first document of a new merchant then finds the merchant as well.
    for (const batch of documents) this.#arrive(batch);
    if (failures.length > 0) throw failures[0];
    this.#waiting = this.#held.map(({ batch }) => batch);
  }

  async #advanceMerchants(batches: readonly TopicBatch[]): Promise<void> {
    const held = [...this.#held, ...(await Promise.all(batches.map((batch) => this.#hold(batch))))];
    const isDue = ({ batch, documentsTo }: Held) =>
      this.#appliedTo(topics.dailyBalances.name, batch.partition) >= documentsTo;
    for (const each of held) if (isDue(each)) await this.#apply(each.batch);
    this.#held = held.filter((each) => !isDue(each));
  }

  /** Up to their goal, merchants are applied at once: nobody is answered before the documents are at theirs. */
  async #hold(batch: TopicBatch): Promise<Held> {
    const { topic, partition, nextOffset } = batch;
    if (nextOffset <= (this.#goals.get(topic)?.get(partition) ?? 0)) return { batch, documentsTo: 0 };
    return { batch, documentsTo: await this.#options.log.endOffset(topics.dailyBalances.name, partition) };
  }

  #fetch(): Promise<Fetched> {
    return this.#options.log.fetch(copyOf(this.#fetchFrom), FETCH_WAIT_MS).then(
      (batches) => ({ batches }),
      (error: unknown) => ({ batches: [], error }),
    );
  }

  async #apply(batch: TopicBatch): Promise<void> {
    const { topic, partition, records, nextOffset } = batch;
    const codec = this.#codecOf(topic);
    await codec.learnSchemasOf(records.map((record) => record.value));
    for (let from = 0; from < records.length; from += SLICE_RECORDS) {
      const slice = records.slice(from, from + SLICE_RECORDS);
      for (const record of slice) this.#applyRecord(record, { topic, partition, codec });
      this.#records += slice.length;
      this.#options.observer.applied(topic, slice);
      if (records.length > SLICE_RECORDS) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#applied.get(topic)?.set(partition, nextOffset);
  }

  /** Where what was fetched ends in the middle of a transaction, nothing has arrived before the rest has come. */
  #arrive({ topic, partition, lastStableOffset }: TopicBatch): void {
    if (this.#appliedTo(topic, partition) < lastStableOffset) return;
    const arriving = this.#arriving.get(partition) ?? [];
    this.#arriving.delete(partition);
    for (const [merchantId, revision] of arriving) this.#options.view.arrived(merchantId, revision);
  }

  #applyRecord(record: LogRecord, from: { topic: string; partition: number; codec: TopicCodec }): void {
    const { view, observer } = this.#options;
    const { topic, partition, codec } = from;
    if (record.value === null) return;
    const decoded = codec.decode(record.value);
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance') {
      view.keepBalance(decoded.value, record.value);
      this.#awaitRest(partition, decoded.value);
    } else if (decoded.kind === 'record' && decoded.type === 'Merchant') view.applyMerchant(decoded.value);
    else {
      const detail = decoded.kind === 'malformed' ? decoded.detail : decoded.kind;
      observer.skipped({ topic, partition, offset: record.offset, detail });
    }
  }

  #awaitRest(partition: number, { merchantId, revision }: { merchantId: string; revision: number }): void {
    const arriving = this.#arriving.get(partition) ?? new Map<string, number>();
    this.#arriving.set(partition, arriving);
    arriving.set(merchantId, Math.max(revision, arriving.get(merchantId) ?? 0));
  }

  #codecOf(topic: string): TopicCodec {
    const { dailyBalances, merchants } = this.#options.codecs;
    return topic === topics.merchants.name ? merchants : dailyBalances;
  }

  #hasReachedGoals(): boolean {
    for (const [topic, goals] of this.#goals)
      for (const [partition, goal] of goals) if (this.#appliedTo(topic, partition) < goal) return false;
    return this.#arriving.size === 0;
  }

  #appliedTo(topic: string, partition: number): number {
    return this.#applied.get(topic)?.get(partition) ?? 0;
  }

  /** Repeats a step while the cluster or the registry cannot be reached; what was fetched ahead is fetched again. */
  async #persistently(step: () => Promise<void>): Promise<void> {
    while (!this.#isStopping) {
      try {
        return await step();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#options.observer.retrying(error);
        await this.#fetching;
        this.#fetching = null;
        this.#held = [];
        this.#fetchFrom = copyOf(this.#applied);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}

/** Of steps that are taken one after the other: one that cannot be taken now, such as a partition whose schema nobody tells, keeps up no other. */
async function failuresOf(steps: readonly (() => Promise<void>)[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  return failures;
}

function isTransient(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'temporarily-unavailable' || code === 'outcome-unknown';
}

function copyOf(positions: Positions): Map<string, Map<number, number>> {
  return new Map([...positions].map(([topic, partitions]) => [topic, new Map(partitions)]));
}
