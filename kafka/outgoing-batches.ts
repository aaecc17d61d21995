/**
 * Turns the records of one transaction into record batches: in the given order per partition, numbered without a gap from 0 over
 * all `encode` calls of the transaction, each small enough for a broker with default limits.
 */
import { encodeRecordBatch, recordBytesMax } from './record-batch-writer.ts';
import type { ProduceRequest, ProducerIdentity } from './requests.ts';

/** Structurally the output record of the engine's ports; a null value is a tombstone. */
export type OutgoingRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

export type Batches = ProduceRequest['batches'];

/** A broker takes batches up to `message.max.bytes`, 1048588 by default; a longer single record goes alone and is refused. */
const BATCH_BYTES_MAX = 900_000;

type Chunk = { readonly records: OutgoingRecord[]; bytes: number };
type PartitionChunks = { readonly topic: string; readonly partition: number; readonly chunks: Chunk[] };

export class TransactionBatches {
  readonly #nextSequence = new Map<string, number>();

  /** Batches in rounds with at most one per partition; a round may be sent only when the one before it was accepted. */
  encode(records: readonly OutgoingRecord[], identity: ProducerIdentity, nowMs: number): Batches[] {
    const rounds: Batches[number][][] = [];
    for (const { topic, partition, chunks } of chunksByPartition(records)) {
      for (const [round, chunk] of chunks.entries()) {
        const header = {
          ...identity,
          baseSequence: this.#takeSequence(`${topic} ${partition}`, chunk.records.length),
          isTransactional: true,
          timestampMs: nowMs,
        };
        const batch = { topic, partition, bytes: encodeRecordBatch(chunk.records, header, chunk.bytes) };
        const others = rounds[round];
        if (others === undefined) rounds[round] = [batch];
        else others.push(batch);
      }
    }
    return rounds;
  }

  #takeSequence(place: string, count: number): number {
    const sequence = this.#nextSequence.get(place) ?? 0;
    this.#nextSequence.set(place, sequence + count);
    return sequence;
  }
}

/** In the order in which partitions first occur. */
function chunksByPartition(records: readonly OutgoingRecord[]): Iterable<PartitionChunks> {
  const topics = new Map<string, Map<number, PartitionChunks>>();
  for (const record of records) {
    const { topic, partition } = record;
    const partitions = topics.get(topic) ?? new Map<number, PartitionChunks>();
    if (partitions.size === 0) topics.set(topic, partitions);
    const place = partitions.get(partition) ?? { topic, partition, chunks: [] };
    if (place.chunks.length === 0) partitions.set(partition, place);
    addTo(place.chunks, record);
  }
  return [...topics.values()].flatMap((partitions) => [...partitions.values()]);
}

function addTo(chunks: Chunk[], record: OutgoingRecord): void {
  const bytes = recordBytesMax(record);
  const last = chunks.at(-1);
  if (last === undefined || last.bytes + bytes > BATCH_BYTES_MAX) {
    chunks.push({ records: [record], bytes });
    return;
  }
  last.records.push(record);
  last.bytes += bytes;
}
