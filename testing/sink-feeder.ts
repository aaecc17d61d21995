/** Gives a sink batches as its loop would, keeping the positions the loop keeps. */
import type { Sink, SinkBatch, WriteCount } from '@fluxo/sinks';

export class SinkFeeder {
  readonly sink: Sink;
  readonly positions = new Map<number, number>();
  readonly #partitions: readonly number[];

  constructor(sink: Sink, partitions: number) {
    this.sink = sink;
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
  }

  async connect(): Promise<ReadonlyMap<number, number>> {
    const stored = await this.sink.connect(this.#partitions);
    for (const partition of this.#partitions) this.positions.set(partition, stored.get(partition) ?? 0);
    await this.confirm(false);
    return stored;
  }

  confirm(isComplete: boolean): Promise<WriteCount> {
    return this.sink.write(
      [...this.positions].map(([partition, offset]) => ({
        partition,
        fromOffset: offset,
        records: [],
        nextOffset: offset,
        isComplete,
      })),
    );
  }

  async put(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const count = await this.sink.write(batches);
    for (const batch of batches) this.positions.set(batch.partition, batch.nextOffset);
    return count;
  }
}
