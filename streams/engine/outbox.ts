/** The output records of the open transaction, in the order they were emitted, and how many bytes they are. */
import type { OutputRecord } from './ports.ts';
import type { Output } from './topology.ts';

export class Outbox {
  readonly records: OutputRecord[] = [];
  bytes = 0;

  /** An output that puts everything into this partition. */
  into(partition: number): Output {
    return {
      emit: (topic, key, value, headers) => {
        this.records.push({ topic, partition, key, value, headers });
        this.bytes += value.length + (key?.length ?? 0);
      },
    };
  }
}
