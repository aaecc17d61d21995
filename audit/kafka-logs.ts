/** The raw topics of a running Kafka, read_committed and outside any group. */
import { type Cluster, GroupOffsets, LogReader, type LogRecord } from '@fluxo/kafka';
import { consumerGroups, topics } from '@fluxo/schemas';
import type { AuditLogs, LogRange } from './logs.ts';

export class KafkaLogs implements AuditLogs {
  readonly #reader: LogReader;
  readonly #groups: GroupOffsets;

  constructor(cluster: Cluster) {
    this.#reader = new LogReader(cluster);
    this.#groups = new GroupOffsets(cluster);
  }

  partitions(): Promise<number> {
    return this.#reader.partitionsOf(topics.submissions.name);
  }

  startOffset(topic: string, partition: number): Promise<number> {
    return this.#reader.startOffset(topic, partition);
  }

  endOffset(topic: string, partition: number): Promise<number> {
    return this.#reader.endOffset(topic, partition);
  }

  read(range: LogRange): AsyncIterable<readonly LogRecord[]> {
    return this.#reader.read(range);
  }

  async committed(partition: number): Promise<number | null> {
    const group = { groupId: consumerGroups.streams, topic: topics.submissions.name };
    return (await this.#groups.committed(group)).get(partition) ?? null;
  }
}
