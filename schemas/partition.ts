/**
 * Which partition a key belongs to: murmur2 of the key's bytes, as Kafka's Java client computes it
 * (org.apache.kafka.common.utils.Utils.murmur2), made positive, modulo the number of partitions. Producers use it to send,
 * the processor to refuse what came to another partition. It must never change: a merchant's order depends on it.
 */
const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Kafka's default partitioner hash of these bytes, as an unsigned 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  let h = SEED ^ bytes.length;
  for (let i = 0; i < whole; i += 4) {
    let k =
      byteAt(bytes, i) |
      (byteAt(bytes, i + 1) << 8) |
      (byteAt(bytes, i + 2) << 16) |
      (byteAt(bytes, i + 3) << 24);
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = bytes.length - whole;
  if (rest > 2) h ^= byteAt(bytes, whole + 2) << 16;
  if (rest > 1) h ^= byteAt(bytes, whole + 1) << 8;
  if (rest > 0) h = Math.imul(h ^ byteAt(bytes, whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return (h ^ (h >>> 15)) >>> 0;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

/** The partition, from 0 to `partitions` − 1, of a record with this key. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
