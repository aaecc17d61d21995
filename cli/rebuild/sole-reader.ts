/**
 * A reader of a whole topic for a sink loop: it has all partitions for itself, joins no group and commits nothing, so that the sinks at work
 * notice nothing of it.
 */
import type { Assignment, PartitionBatch, SinkGroup } from '@fluxo/sinks';
import type { StackKafka } from '../stack-connection.ts';

const NOBODY = { generationId: 0, memberId: '', instanceId: null };

export class SoleReader implements SinkGroup {
  readonly rebalancing = false;
  readonly #kafka: StackKafka;
  readonly #topic: string;

  constructor(kafka: StackKafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
  }

  async join(): Promise<Assignment> {
    const count = await this.#kafka.reader.partitionsOf(this.#topic);
    return { identity: NOBODY, partitions: Array.from({ length: count }, (_, partition) => partition) };
  }

  fetch(positions: ReadonlyMap<number, number>, waitMs: number): Promise<readonly PartitionBatch[]> {
    return this.#kafka.reader.fetch(new Map([[this.#topic, positions]]), waitMs);
  }

  async commit(): Promise<void> {
    // Positions are in the store, beside the data; lag is that of the sinks at work.
  }

  async leave(): Promise<void> {
    // There is no group.
  }
}
