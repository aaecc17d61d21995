/**
 * Judges a schedule while it runs, at every transaction the coordinator ends and at every change of what a read_committed reader
 * sees, against the expectation (`expectation.ts`), byte for byte:
 *
 *   - a committed transaction carries exactly the outputs of the submissions between the group's former offsets and its new
 *     ones: every ledger record and rejection, and of each document the state at its end; offsets never go back;
 *   - what is visible of ledger and rejections is a beginning of what is expected: nothing twice, no gap, no fork, in order;
 *   - a document's visible versions are expected ones, each newer than the one before;
 *   - the last stable offset never goes back and never passes a transaction that is open.
 *
 * It looks at the broker's logs only, never at what the processor says of itself.
 */
import { topics } from '@fluxo/schemas';
import type { TopicPartition } from '../../kafka/requests.ts';
import type { SimulatedCluster } from './broker/simulated-cluster.ts';
import { recordsIn, type StoredBatch, type StoredRecord } from './broker/stored-batch.ts';
import type { Decision } from './broker/transaction-coordinator.ts';
import {
  documentTopics,
  type ExpectedRecord,
  type PartitionExpectation,
  sequenceTopics,
} from './expectation.ts';

/** A promise was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

type Seen = { nextBatch: number; stable: number; records: number };
/** Topic → what a transaction wrote there. */
type Written = ReadonlyMap<string, readonly StoredRecord[]>;

export class Judge {
  readonly #cluster: SimulatedCluster;
  readonly #groupId: string;
  readonly #expected: readonly PartitionExpectation[];
  /** Partition → the group's offset by the transactions decided so far. */
  readonly #committed: number[];
  readonly #seen = new Map<string, Seen>();
  /** By partition: document → position of its newest visible version among the expected ones. */
  readonly #versions: readonly Map<string, number>[];
  commits = 0;

  constructor(cluster: SimulatedCluster, groupId: string, expected: readonly PartitionExpectation[]) {
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#expected = expected;
    this.#committed = expected.map(() => 0);
    this.#versions = expected.map(() => new Map());
  }

  /** Whether everything was read and committed. */
  get isFinished(): boolean {
    return this.#expected.every(({ end }, partition) => this.#committed[partition] === end);
  }

  get positions(): readonly number[] {
    return this.#committed;
  }

  /** Called at the end, when every marker is written: nothing may be missing. */
  judgeEnd(): void {
    for (const [partition, { end, sequences, versions }] of this.#expected.entries()) {
      const place = { topic: topics.submissions.name, partition };
      const offset = this.#cluster.offsetsOf(this.#groupId).committedOf(place);
      if (offset !== end)
        throw new Violation(`the group stands at ${offset} in partition ${partition} instead of ${end}`);
      for (const [topic, records] of sequences) {
        const seen = this.#seen.get(`${topic} ${partition}`)?.records ?? 0;
        if (seen !== records.length)
          throw new Violation(`${topic}-${partition} shows ${seen} records instead of ${records.length}`);
      }
      for (const [document, { length }] of versions)
        if (this.#versions[partition]?.get(document) !== length - 1)
          throw new Violation(`${document} of partition ${partition} was left at an older version`);
    }
  }

  /** Called before any marker of this transaction is written. */
  judgeDecision({ producerId, isCommit, places, transactionalId }: Decision): void {
    if (!isCommit) return;
    this.commits += 1;
    const written = this.#writtenBy(producerId, places);
    const isMoved = new Set<number>();
    for (const groupId of this.#cluster.groupsIn(places)) {
      const offsets = this.#cluster.offsetsOf(groupId);
      for (const [partition, from] of this.#committed.entries()) {
        const to = offsets.pendingOf(producerId, { topic: topics.submissions.name, partition });
        if (to === undefined) continue;
        isMoved.add(partition);
        this.#judgePart({ partition, from, to, transactionalId }, written.get(partition) ?? NOTHING);
        this.#committed[partition] = to;
      }
    }
    for (const [partition, topicsOfIt] of written)
      if (topicsOfIt.size > 0 && !isMoved.has(partition))
        throw new Violation(
          `${transactionalId} committed outputs of partition ${partition} without its offset: ${[...topicsOfIt.keys()].join(', ')}`,
        );
  }

  /** The outputs of one partition in a transaction that moves its offset. */
  #judgePart(part: Part, written: Written): void {
    const { partition, from, to, transactionalId } = part;
    const where = `${transactionalId}, partition ${partition}, offsets ${from} to ${to}`;
    if (to < from) throw new Violation(`${where}: the offset of the group goes back`);
    const { sequences, documents } = this.#expected[partition] as PartitionExpectation;
    for (const topic of sequenceTopics) {
      const want = madeBetween(sequences.get(topic) ?? [], part);
      const got = written.get(topic) ?? [];
      if (got.length !== want.length)
        throw new Violation(`${where}: ${got.length} records for ${topic} instead of ${want.length}`);
      for (const [index, record] of want.entries())
        if (!isSame(got[index] as StoredRecord, record))
          throw new Violation(
            `${where}: record ${index} for ${topic} is not what offset ${record.sourceOffset} makes`,
          );
    }
    const last = new Map(madeBetween(documents, part).map((each) => [each.document, each]));
    const count = documentTopics.reduce((sum, topic) => sum + (written.get(topic)?.length ?? 0), 0);
    if (count !== last.size) throw new Violation(`${where}: ${count} documents instead of ${last.size}`);
    for (const topic of documentTopics)
      for (const record of written.get(topic) ?? []) {
        const want = last.get(`${topic} ${record.keyText}`);
        if (want === undefined || !isSame(record, want))
          throw new Violation(`${where}: ${topic} ${record.keyText} is not in its state of offset ${to}`);
      }
  }

  /** By partition. */
  #writtenBy(producerId: number, places: ReadonlySet<string>): Map<number, Written> {
    const written = new Map<number, Map<string, StoredRecord[]>>();
    for (const { topic, partition } of this.#cluster.partitionsIn(places)) {
      const log = this.#cluster.log(topic, partition);
      const from = log?.openSince(producerId);
      if (log === undefined || from === undefined) continue;
      const records: StoredRecord[] = [];
      for (const batch of batchesSince(log.batches, from))
        if (batch.producerId === producerId) records.push(...recordsIn(batch));
      const topicsOfIt = written.get(partition) ?? new Map<string, StoredRecord[]>();
      written.set(partition, topicsOfIt.set(topic, records));
    }
    return written;
  }

  /** Called after this partition has got records or a marker. */
  judgeVisible(place: TopicPartition): void {
    const log = this.#cluster.log(place.topic, place.partition);
    if (log === undefined || place.topic === topics.submissions.name) return;
    const name = `${place.topic} ${place.partition}`;
    const seen = this.#seen.get(name) ?? { nextBatch: 0, stable: 0, records: 0 };
    this.#seen.set(name, seen);
    const stable = log.lastStableOffset;
    if (stable < seen.stable)
      throw new Violation(`the last stable offset of ${name} goes back from ${seen.stable} to ${stable}`);
    seen.stable = stable;
    for (; ; seen.nextBatch++) {
      const batch = log.batches[seen.nextBatch];
      if (batch === undefined || batch.lastOffset >= stable) break;
      if (batch.isControl || log.isAborted(batch)) continue;
      for (const record of recordsIn(batch)) this.#judgeRecord(place, seen, record);
    }
  }

  #judgeRecord({ topic, partition }: TopicPartition, seen: Seen, record: StoredRecord): void {
    const { sequences, versions } = this.#expected[partition] as PartitionExpectation;
    if (sequenceTopics.includes(topic)) {
      const want = sequences.get(topic)?.[seen.records];
      if (want === undefined || !isSame(record, want))
        throw new Violation(
          `record ${seen.records} visible in ${topic}-${partition} is not the one expected there`,
        );
      seen.records += 1;
      return;
    }
    const document = `${topic} ${record.keyText}`;
    const expected = versions.get(document) ?? [];
    const visible = this.#versions[partition] as Map<string, number>;
    let index = (visible.get(document) ?? -1) + 1;
    while (index < expected.length && !isSame(record, expected[index] as ExpectedRecord)) index += 1;
    if (index >= expected.length)
      throw new Violation(
        `${document}, partition ${partition}: what is visible is no newer version that is expected`,
      );
    visible.set(document, index);
  }

  /** After compaction batches stand elsewhere: goes on behind what was seen. */
  compacted({ topic, partition }: TopicPartition): void {
    const seen = this.#seen.get(`${topic} ${partition}`);
    if (seen === undefined) return;
    const batches = this.#cluster.log(topic, partition)?.batches ?? [];
    const next = batches.findIndex(({ lastOffset }) => lastOffset >= seen.stable);
    seen.nextBatch = next < 0 ? batches.length : next;
  }
}

type Part = {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly transactionalId: string;
};

const NOTHING: Written = new Map();

/** Those that the part's submissions make; the records are in the order of their submissions. */
function madeBetween(records: readonly ExpectedRecord[], { from, to }: Part): readonly ExpectedRecord[] {
  return records.slice(firstMadeAt(records, from), firstMadeAt(records, to));
}

/** The index of the first record that this submission or a later one makes. */
function firstMadeAt(records: readonly ExpectedRecord[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle] as ExpectedRecord).sourceOffset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** In the order of the log. */
function batchesSince(batches: readonly StoredBatch[], offset: number): readonly StoredBatch[] {
  let first = batches.length;
  while (first > 0 && (batches[first - 1] as StoredBatch).baseOffset >= offset) first -= 1;
  return batches.slice(first);
}

function isSame({ keyText, value }: StoredRecord, want: ExpectedRecord): boolean {
  return keyText === want.key && value !== null && want.value.equals(value);
}
