/**
 * What the fold engine needs from the outside, as interfaces it declares itself: a consumer group over one input topic,
 * a way to read a partition back, and a transactional producer. `kafka/` implements them on a real cluster,
 * `testing/in-memory-cluster.ts` in memory; both pass `engine-ports.contract.ts`. Nothing here knows what the records mean.
 *
 * Offsets are plain numbers: a Kafka offset stays below 2^53 for any log that exists.
 */

/** One record of an input or output partition, as the log holds it. */
export type LogRecord = {
  readonly offset: number;
  /** The broker's time for it (LogAppendTime), epoch milliseconds: never the producer's clock. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
};

/** What one fetch returned for one partition: only committed records, without control records. */
export type PartitionBatch = {
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Where to go on: behind the last record looked at, also when it was a control record or an aborted one. */
  readonly nextOffset: number;
};

/**
 * The membership under which positions were loaded. It travels with every commit of those positions, so that the
 * coordinator refuses a batch that was read before a rebalance (KIP-447).
 */
export type GroupIdentity = {
  readonly generationId: number;
  readonly memberId: string;
  readonly instanceId: string | null;
};

export type Assignment = { readonly identity: GroupIdentity; readonly partitions: readonly number[] };

/** A committed offset, and a note to stand there until a transaction commits the next one. */
export type AnnotatedOffset = { readonly offset: number; readonly note: string };

/** The same as it is found: an offset of null was never committed, and where nobody has left a note it is empty. */
export type CommittedOffset = { readonly offset: number | null; readonly note: string };

/** This process as a member of the consumer group of the input topic. */
export interface InputGroup {
  /**
   * Joins, or joins again after `rebalancing` became true, and resolves with the new assignment. Until it is called again
   * the member keeps its old generation alive by heartbeats, so that the caller can finish its open transaction first.
   */
  join(): Promise<Assignment>;
  /** True as soon as the coordinator wants the members to join again, or has forgotten this one. */
  readonly rebalancing: boolean;
  /**
   * Resolves while the coordinator takes this identity for a member, also one it wants to join again. Fails with
   * `stale-generation` when it is none any more, with `producer-fenced` when another process has its place, with
   * `temporarily-unavailable` when nobody can say.
   */
  assertMember(identity: GroupIdentity): Promise<void>;
  /**
   * Committed offsets of all these partitions with their notes, fetched with require_stable: waits while a transaction that may
   * still change them is pending. Fails with `stale-generation` if the identity is no longer a member.
   */
  committed(assignment: Assignment): Promise<ReadonlyMap<number, CommittedOffset>>;
  /**
   * Committed records from these positions on (partition → offset), read_committed; an empty list if nothing came in
   * `waitMs`. Partitions not named are not fetched. Fails with `offset-out-of-range` where the log no longer has a position,
   * with `corrupt-log` and the number of a `partition` where what stands next in it cannot be read.
   */
  fetch(positions: ReadonlyMap<number, number>, waitMs: number): Promise<readonly PartitionBatch[]>;
  /** Leaves the group so that others take over at once (a static member only when it leaves for good). Never throws. */
  leave(): Promise<void>;
}

/** Reads output partitions back, independent of any group. */
export interface PartitionReader {
  /** The topic's id: a topic that is deleted and made again has another one. */
  topicId(topic: string): Promise<string>;
  /** The end of the partition with everything uncommitted (the high watermark). */
  endOffset(topic: string, partition: number): Promise<number>;
  /** The first offset whose record is at or after this time; the end offset if none is. */
  offsetAtTime(topic: string, partition: number, timestampMs: number): Promise<number>;
  /** The first offset still in the log. */
  startOffset(topic: string, partition: number): Promise<number>;
  /**
   * Yields committed records from `from` up to, not including, `to`, batch by batch; waits while a pending transaction
   * holds the last stable offset back (spec.md section 1, rule 2), and yields empty batches meanwhile, so that the reader can
   * give up.
   */
  read(range: ReadRange): AsyncIterable<readonly LogRecord[]>;
}

export type ReadRange = {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};

/** Small texts beside a record. */
export type RecordHeaders = Readonly<Record<string, string>>;

/** One record to be produced; key and value are copied before `produce` resolves. */
export type OutputRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly headers?: RecordHeaders | undefined;
};

/**
 * A transactional producer (KIP-98, KIP-890 part 2). At most one transaction is open; the first `produce`, `sendOffsets` or
 * `sendNotes` after `init` or `end` opens it. Every failure carries a code of `errors.ts`.
 */
export interface TransactionalProducer {
  /**
   * Registers the transactional id: whoever used it before is fenced, what it left open is aborted (or completed, if its
   * commit had been decided). Afterwards the producer is as new. This is also the one way out of an unknown state.
   */
  init(): Promise<void>;
  /** Appends the records in the given order per partition, in the open transaction. */
  produce(records: readonly OutputRecord[]): Promise<void>;
  /** Puts the input positions (partition → next offset) into the open transaction, under this membership. */
  sendOffsets(offsets: ReadonlyMap<number, number>, identity: GroupIdentity): Promise<void>;
  /**
   * Puts notes (partition → committed offset and note) into the open transaction, under this membership. Only in a transaction is a note
   * that was held up somewhere refused when it arrives at last; a plain commit would set the offset back.
   */
  sendNotes(notes: ReadonlyMap<number, AnnotatedOffset>, identity: GroupIdentity): Promise<void>;
  /** Commits or aborts the open transaction; resolves when the coordinator has decided. */
  end(outcome: 'commit' | 'abort'): Promise<void>;
  close(): Promise<void>;
}

/** The wall clock and sleeping, as an argument: the simulation has its own. */
export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}
