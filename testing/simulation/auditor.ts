/**
 * The second judge of a schedule, at its end: the system's own audit (`audit/`), which recounts everything from the submissions with
 * nothing of the processor's, and so also finds what the topology and the expectation folded by it have wrong together. It looks at
 * what is left of compacted topics in the end; every version on the way is the first judge's matter (`judge.ts`).
 *
 * A recount takes about as long as a schedule, but right ends are few: whatever happened on the way, a log of submissions has one.
 * So an end that is the same, byte for byte, as one that was found right is right, and only others are recounted.
 */
import { type AuditCodecs, type AuditLogs, audit, differenceText, type LogRange } from '@fluxo/audit';
import { ZONE_NAMES } from '@fluxo/domain';
import type { LogRecord } from '@fluxo/kafka';
import { consumerGroups, type TopicDefinition, topics } from '@fluxo/schemas';
import type { PartitionLog } from './broker/partition-log.ts';
import type { SimulatedCluster } from './broker/simulated-cluster.ts';
import { recordsIn } from './broker/stored-batch.ts';
import { Violation } from './judge.ts';
import type { World } from './world.ts';

const zoneNames = new Set(ZONE_NAMES);
const neverAborted = new AbortController().signal;
/** Differences that an objection names. */
const NAMED_MAX = 3;

export class Auditor {
  readonly #codecs: AuditCodecs;
  /** Ends that were recounted and found right. */
  readonly #right: Contents[] = [];

  constructor(codecs: AuditCodecs) {
    this.#codecs = codecs;
  }

  /** How many ends it has recounted and found right. */
  get recounted(): number {
    return this.#right.length;
  }

  /** Throws a `Violation` if the audit finds a difference. */
  async judge({ cluster, timeline }: World): Promise<void> {
    const end = new ScheduleEnd(cluster);
    if (this.#right.some((right) => isSame(right, end.contents))) return;
    const { differences } = await audit({
      logs: end,
      codecs: this.#codecs,
      zoneNames,
      views: [],
      scope: { kind: 'everything' },
      timeoutMs: 0,
      signal: neverAborted,
      now: () => timeline.nowMs,
      onProgress: () => {},
    });
    if (differences.count > 0)
      throw new Violation(
        `the audit finds ${differences.count} differences: ${differences.kept.slice(0, NAMED_MAX).map(differenceText).join('; ')}`,
      );
    this.#right.push(end.contents);
  }
}

/** All that the audit's verdict depends on. */
type Contents = {
  readonly partitions: number;
  /** Topic and partition → committed records. */
  readonly records: ReadonlyMap<string, readonly LogRecord[]>;
  /** Partition → the offset of the group. */
  readonly committed: readonly (number | null)[];
};

/** What stands in the logs of a cluster that has come to rest, as the audit reads it. */
class ScheduleEnd implements AuditLogs {
  readonly contents: Contents;
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.contents = contentsOf(cluster);
  }

  async partitions(): Promise<number> {
    return this.contents.partitions;
  }

  async startOffset(topic: string, partition: number): Promise<number> {
    return this.#log(topic, partition).start;
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#log(topic, partition).end;
  }

  async *read({ topic, partition, from, to }: LogRange): AsyncGenerator<readonly LogRecord[]> {
    const records = this.contents.records.get(placeOf(topic, partition)) ?? [];
    yield records.filter(({ offset }) => offset >= from && offset < to);
  }

  async committed(partition: number): Promise<number | null> {
    return this.contents.committed[partition] ?? null;
  }

  #log(topic: string, partition: number): PartitionLog {
    return this.#cluster.log(topic, partition) as PartitionLog;
  }
}

const placeOf = (topic: string, partition: number): string => `${topic} ${partition}`;

function contentsOf(cluster: SimulatedCluster): Contents {
  const { name: input } = topics.submissions;
  const partitions = cluster.topics.get(input)?.partitions.length ?? 0;
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  const records = new Map<string, readonly LogRecord[]>();
  for (const topic of Object.values(topics))
    for (const partition of numbers)
      records.set(
        placeOf(topic.name, partition),
        recordsOf(topic, cluster.log(topic.name, partition) as PartitionLog),
      );
  const offsets = cluster.offsetsOf(consumerGroups.streams);
  const committed = numbers.map((partition) => offsets.committedOf({ topic: input, partition }) ?? null);
  return { partitions, records, committed };
}

/** The committed records; of a compacted topic the last of each key, by key, however far compaction has come. */
function recordsOf(topic: TopicDefinition, log: PartitionLog): readonly LogRecord[] {
  const records = log.batches.flatMap((batch) =>
    batch.isControl || log.isAborted(batch) ? [] : recordsIn(batch),
  );
  if (topic.cleanup !== 'compact') return records;
  const last = new Map(records.map((record) => [record.keyText, record]));
  return [...last].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

function isSame(ours: Contents, theirs: Contents): boolean {
  if (ours.partitions !== theirs.partitions) return false;
  for (const [place, records] of ours.records)
    if (!isSameLog(records, theirs.records.get(place) ?? [], place.startsWith(topics.submissions.name)))
      return false;
  return ours.committed.every((offset, partition) => offset === theirs.committed[partition]);
}

/** Where and when a result stands is no part of it; of a submission it is. */
function isSameLog(ours: readonly LogRecord[], theirs: readonly LogRecord[], isInput: boolean): boolean {
  if (ours === theirs) return true;
  if (ours.length !== theirs.length) return false;
  return ours.every((record, index) => {
    const other = theirs[index] as LogRecord;
    if (record === other) return true;
    const isThere = !isInput || (record.offset === other.offset && record.timestampMs === other.timestampMs);
    return isThere && isSameBytes(record.key, other.key) && isSameBytes(record.value, other.value);
  });
}

function isSameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
