/**
 * The second judge of a schedule, at its end: the system's own audit (`audit/`), which recounts everything from the submissions with
 * nothing of the processor's, and so also finds what the topology and the expectation folded by it have wrong together. It looks at
 * what is left of compacted topics in the end; every version on the way is the first judge's matter (`judge.ts`).
 *
 * A recount takes about as long as a schedule, but right ends are few: whatever happened on the way, a log of submissions has one.
 * So an end that was found right is known by its digest, and only others are recounted.
 */
import { hash } from 'node:crypto';
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
  /** Digests of ends that were recounted and found right. */
  readonly #right = new Set<string>();

  constructor(codecs: AuditCodecs) {
    this.#codecs = codecs;
  }

  /** How many ends it has recounted and found right. */
  get recounted(): number {
    return this.#right.size;
  }

  /** Throws a `Violation` if the audit finds a difference. */
  async judge({ cluster, timeline }: World): Promise<void> {
    const end = new ScheduleEnd(cluster);
    const digest = end.digest();
    if (this.#right.has(digest)) return;
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
    this.#right.add(digest);
  }
}

/** What stands in the logs of a cluster that has come to rest, as the audit reads it. */
class ScheduleEnd implements AuditLogs {
  readonly #cluster: SimulatedCluster;
  readonly #partitions: number;
  /** Topic and partition → committed records. */
  readonly #records = new Map<string, readonly LogRecord[]>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#partitions = cluster.topics.get(topics.submissions.name)?.partitions.length ?? 0;
    for (const topic of Object.values(topics))
      for (let partition = 0; partition < this.#partitions; partition++)
        this.#records.set(placeOf(topic.name, partition), recordsOf(topic, this.#log(topic.name, partition)));
  }

  /** Of everything that the audit's verdict depends on. */
  digest(): string {
    const bytes: Uint8Array[] = [];
    const shape: (string | number)[] = [];
    for (const [place, records] of this.#records) {
      shape.push(place);
      const isInput = place.startsWith(topics.submissions.name);
      for (const { offset, timestampMs, key, value } of records) {
        if (isInput) shape.push(offset, timestampMs);
        shape.push(key?.length ?? -1, value?.length ?? -1);
        bytes.push(key ?? NOTHING, value ?? NOTHING);
      }
    }
    for (let partition = 0; partition < this.#partitions; partition++)
      shape.push(this.#committed(partition) ?? -1);
    return hash('sha256', Buffer.concat([Buffer.from(shape.join(' ')), ...bytes]), 'base64');
  }

  async partitions(): Promise<number> {
    return this.#partitions;
  }

  async startOffset(topic: string, partition: number): Promise<number> {
    return this.#log(topic, partition).start;
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#log(topic, partition).end;
  }

  async *read({ topic, partition, from, to }: LogRange): AsyncGenerator<readonly LogRecord[]> {
    const records = this.#records.get(placeOf(topic, partition)) ?? [];
    yield records.filter(({ offset }) => offset >= from && offset < to);
  }

  async committed(partition: number): Promise<number | null> {
    return this.#committed(partition);
  }

  #committed(partition: number): number | null {
    const place = { topic: topics.submissions.name, partition };
    return this.#cluster.offsetsOf(consumerGroups.streams).committedOf(place) ?? null;
  }

  #log(topic: string, partition: number): PartitionLog {
    return this.#cluster.log(topic, partition) as PartitionLog;
  }
}

const NOTHING = new Uint8Array();
const placeOf = (topic: string, partition: number): string => `${topic} ${partition}`;

/** The committed records; of a compacted topic the last of each key, by key, however far compaction has come. */
function recordsOf(topic: TopicDefinition, log: PartitionLog): readonly LogRecord[] {
  const records = log.batches.flatMap((batch) =>
    batch.isControl || log.isAborted(batch) ? [] : recordsIn(batch),
  );
  if (topic.cleanup !== 'compact') return records;
  const last = new Map(records.map((record) => [record.keyText, record]));
  return [...last].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}
