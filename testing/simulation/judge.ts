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
import { recordsIn, type StoredBatch } from './broker/stored-batch.ts';
import type { Decision } from './broker/transaction-coordinator.ts';
import {
  documentTopics,
  type ExpectedRecord,
  keyText,
  type PartitionExpectation,
  sequenceTopics,
} from './expectation.ts';

/** A promise was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

type Seen = { nextBatch: number; stable: number; records: number };
type Written = { readonly topic: string; readonly key: string; readonly value: Uint8Array };

export class Judge {
  readonly #cluster: SimulatedCluster;
  readonly #groupId: string;
  readonly #expected: readonly PartitionExpectation[];
  /** Partition → the group's offset by the transactions decided so far. */
  readonly #committed: number[];
  readonly #seen = new Map<string, Seen>();
  /** Document → position of its newest visible version among the expected ones. */
  readonly #versions = new Map<string, number>();
  commits = 0;

  constructor(cluster: SimulatedCluster, groupId: string, expected: readonly PartitionExpectation[]) {
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#expected = expected;
    this.#committed = expected.map(() => 0);
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
        if (this.#versions.get(`${partition} ${document}`) !== length - 1)
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
        this.#judgePart({ partition, from, to, transactionalId }, written.get(partition) ?? []);
        this.#committed[partition] = to;
      }
    }
    for (const [partition, records] of written)
      if (records.length > 0 && !isMoved.has(partition))
        throw new Violation(
          `${transactionalId} committed ${records.length} outputs of partition ${partition} without its offset`,
        );
  }

  /** The outputs of one partition in a transaction that moves its offset. */
  #judgePart(part: Part, written: readonly Written[]): void {
    const { partition, from, to, transactionalId } = part;
    const where = `${transactionalId}, partition ${partition}, offsets ${from} to ${to}`;
    if (to < from) throw new Violation(`${where}: the offset of the group goes back`);
    const { sequences, documents } = this.#expected[partition] as PartitionExpectation;
    const isInside = ({ sourceOffset }: ExpectedRecord): boolean => sourceOffset >= from && sourceOffset < to;
    for (const topic of sequenceTopics) {
      const want = (sequences.get(topic) ?? []).filter(isInside);
      const got = written.filter((each) => each.topic === topic);
      if (got.length !== want.length)
        throw new Violation(`${where}: ${got.length} records for ${topic} instead of ${want.length}`);
      for (const [index, record] of want.entries())
        if (!isSame(got[index] as Written, record))
          throw new Violation(
            `${where}: record ${index} for ${topic} is not what offset ${record.sourceOffset} makes`,
          );
    }
    const last = new Map(documents.filter(isInside).map((each) => [each.document, each]));
    const got = written.filter(({ topic }) => documentTopics.includes(topic));
    if (got.length !== last.size)
      throw new Violation(`${where}: ${got.length} documents instead of ${last.size}`);
    for (const document of got) {
      const want = last.get(`${document.topic} ${document.key}`);
      if (want === undefined || !isSame(document, want))
        throw new Violation(
          `${where}: ${document.topic} ${document.key} is not in its state of offset ${to}`,
        );
    }
  }

  #writtenBy(producerId: number, places: ReadonlySet<string>): Map<number, Written[]> {
    const written = new Map<number, Written[]>();
    for (const { topic, partition } of this.#cluster.partitionsIn(places)) {
      const log = this.#cluster.log(topic, partition);
      const from = log?.openSince(producerId);
      if (log === undefined || from === undefined) continue;
      const records = written.get(partition) ?? [];
      written.set(partition, records);
      for (let index = log.batches.length - 1; index >= 0; index--) {
        const batch = log.batches[index] as StoredBatch;
        if (batch.baseOffset < from) break;
        if (batch.producerId === producerId)
          records.unshift(...recordsIn(batch).map(({ key, value }) => writtenRecord(topic, key, value)));
      }
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
      for (const { key, value } of recordsIn(batch))
        this.#judgeRecord(place, seen, writtenRecord(place.topic, key, value));
    }
  }

  #judgeRecord({ topic, partition }: TopicPartition, seen: Seen, record: Written): void {
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
    const document = `${topic} ${record.key}`;
    const before = this.#versions.get(`${partition} ${document}`) ?? -1;
    const expected = versions.get(document) ?? [];
    const index = expected.findIndex((each, at) => at > before && isSame(record, each));
    if (index < 0)
      throw new Violation(
        `${document}, partition ${partition}: what is visible is no newer version that is expected`,
      );
    this.#versions.set(`${partition} ${document}`, index);
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

function writtenRecord(topic: string, key: Uint8Array | null, value: Uint8Array | null): Written {
  return { topic, key: keyText(key), value: value ?? new Uint8Array() };
}

function isSame(got: Written, want: ExpectedRecord): boolean {
  return got.key === want.key && Buffer.compare(got.value, want.value) === 0;
}
