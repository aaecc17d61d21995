/**
 * What the log cleaner makes of a compacted topic: of every key only its last committed record stays, at its own offset, in the
 * batch it came in; batches of which nothing stays are gone, so offsets have gaps. It touches nothing at or beyond the last
 * stable offset, and spares the newest batches, as a broker spares its active segment.
 */
import { field } from '../../../kafka/record-batch-format.ts';
import type { PartitionLog } from './partition-log.ts';
import { recordsIn, type StoredBatch, seal } from './stored-batch.ts';

/** Compacts all but the last `sparedBatches` batches of the stable part. */
export function compact(log: PartitionLog, sparedBatches: number): void {
  const stable = log.batches.filter(({ lastOffset }) => lastOffset < log.lastStableOffset).length;
  const dirty = log.batches.slice(0, Math.max(0, stable - sparedBatches));
  const newest = new Map<string, number>();
  for (const batch of dirty)
    if (!batch.isControl && !log.isAborted(batch))
      for (const { key, offset } of recordsIn(batch)) newest.set(String(key), offset);
  const kept = dirty.flatMap((batch) => {
    if (batch.isControl) return [batch];
    if (log.isAborted(batch)) return [];
    return withoutOlder(batch, newest);
  });
  log.replace([...kept, ...log.batches.slice(dirty.length)]);
}

function withoutOlder(batch: StoredBatch, newest: ReadonlyMap<string, number>): StoredBatch[] {
  const records = recordsIn(batch);
  const stays = records.map(({ key, offset }) => newest.get(String(key)) === offset);
  if (stays.every(Boolean)) return [batch];
  const count = stays.filter(Boolean).length;
  if (count === 0) return [];
  const pieces = recordBytes(batch.bytes).filter((_, index) => stays[index]);
  const bytes = Buffer.concat([batch.bytes.subarray(0, field.records), ...pieces]);
  bytes.writeInt32BE(count, field.recordsCount);
  return [seal(bytes)];
}

/** Each record of an uncompressed batch, with its length in front. */
function recordBytes(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let at: number = field.records;
  while (at < bytes.length) {
    const start = at;
    let length = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      length |= (byte & 0x7f) << shift;
    }
    at += length >>> 1; // zigzag of a number that is never negative
    pieces.push(bytes.subarray(start, at));
  }
  return pieces;
}
