/**
 * What the sink loop needs from the outside, as interfaces it declares itself: membership in a consumer group over one topic,
 * where that topic begins and ends, and a clock. `kafka/` implements the first two. Offsets are plain numbers: a Kafka offset
 * stays below 2^53 for any log that exists.
 */
export type LogRecord = {
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
};

/** A record as it is fetched; stores are given no time of it. */
export type FetchedRecord = LogRecord & {
  /** Epoch milliseconds, by the broker's clock. */
  readonly timestampMs: number;
};

/** What one fetch returned for one partition: only committed records, without control records. */
export type PartitionBatch = {
  readonly partition: number;
  readonly records: readonly FetchedRecord[];
  /** Where to go on: behind the last record looked at, also when that was a control record. */
  readonly nextOffset: number;
};

export type GroupIdentity = {
  readonly generationId: number;
  readonly memberId: string;
  readonly instanceId: string | null;
};

export type Assignment = { readonly identity: GroupIdentity; readonly partitions: readonly number[] };

/** This process as a member of the group that shares the partitions of one topic. It keeps its membership alive by itself. */
export interface SinkGroup {
  /** Joins, or joins again after `rebalancing` became true. */
  join(): Promise<Assignment>;
  readonly rebalancing: boolean;
  /** Committed records from these positions on (partition → offset); an empty list if nothing came in `waitMs`. */
  fetch(positions: ReadonlyMap<number, number>, waitMs: number): Promise<readonly PartitionBatch[]>;
  /** Tells the cluster how far this member is (partition → next offset), for whoever looks at lag. */
  commit(offsets: ReadonlyMap<number, number>, identity: GroupIdentity): Promise<void>;
  leave(): Promise<void>;
}

/** The two ends of a partition. */
export interface LogEnds {
  startOffset(topic: string, partition: number): Promise<number>;
  endOffset(topic: string, partition: number): Promise<number>;
}

export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}
