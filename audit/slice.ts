/**
 * The part of a partition that is judged at once: all of it, or some of its merchants. A partition with more submissions than the
 * judge wants to remember is judged in several passes, each over the merchants whose key hashes to its number, so that memory has
 * a bound and the log is streamed as often as there are passes. One merchant is never cut.
 */
import { murmur2 } from '@fluxo/schemas';

/** Submissions of one pass; at the 750 bytes the judge was measured to remember of each (0014), some 380 MB. */
export const SLICE_SUBMISSIONS_MAX = 500_000;

/** So many bytes of a refused key or value are kept with the rejection. */
export const KEPT_BYTES_MAX = 64 * 1024;

export type Slice = {
  readonly partition: number;
  /** Whether the record with this key belongs to the slice. */
  readonly holds: (key: Uint8Array | null) => boolean;
};

/** The passes over a partition with this many offsets of submissions. */
export function slicesOf(
  place: { readonly partition: number; readonly partitions: number },
  submissions: number,
  submissionsMax = SLICE_SUBMISSIONS_MAX,
): readonly Slice[] {
  const { partition, partitions } = place;
  const count = Math.max(1, Math.ceil(submissions / submissionsMax));
  if (count === 1) return [{ partition, holds: () => true }];
  // What is left of the hash once the partition has been taken out of it, so that passes are of a size.
  // Of the bytes that a rejection keeps, so that a submission and its rejection are in one pass.
  const numberOf = (key: Uint8Array): number =>
    Math.floor((murmur2(key.subarray(0, KEPT_BYTES_MAX)) & 0x7fffffff) / partitions) % count;
  return Array.from({ length: count }, (_, number) => ({
    partition,
    holds: (key) => (key === null ? number === 0 : numberOf(key) === number),
  }));
}

/** One merchant of a partition. */
export function sliceOfMerchant(partition: number, merchantId: string): Slice {
  const wanted = Buffer.from(merchantId);
  return { partition, holds: (key) => key !== null && wanted.equals(key) };
}
