/**
 * Who gets which partitions of one topic. Every partition has exactly one owner; the numbers of any two members differ by at
 * most one; and within that, members keep what they have, because whoever gets a partition anew must restore its state.
 * The result is a function of its input: the same members always get the same partitions.
 */
export type Candidate = {
  readonly memberId: string;
  /** A name that stays over restarts, where there is one. */
  readonly instanceId: string | null;
  /** What it says it holds, and since which generation. */
  readonly owned: readonly number[];
  readonly generationId: number;
};

type Share = { readonly candidate: Candidate; readonly partitions: number[] };

/** Member id → partitions, ascending. Every member is named, also those that get none. */
export function assign(
  candidates: readonly Candidate[],
  partitionCount: number,
): ReadonlyMap<string, readonly number[]> {
  const owners = validClaims(candidates, partitionCount);
  const shares = candidates.map((candidate) => ({
    candidate,
    partitions: candidate.owned
      .filter((partition) => owners.get(partition) === candidate)
      .toSorted((a, b) => a - b),
  }));
  shares.sort((a, b) => b.partitions.length - a.partitions.length || compareNames(a.candidate, b.candidate));
  const free = new Set(Array.from({ length: partitionCount }, (_, partition) => partition));
  for (const [rank, share] of shares.entries())
    keepQuota(share, quotaOf(rank, shares.length, partitionCount), free);
  for (const [rank, share] of shares.entries())
    fillQuota(share, quotaOf(rank, shares.length, partitionCount), free);
  return new Map(
    shares.map(({ candidate, partitions }) => [candidate.memberId, partitions.toSorted((a, b) => a - b)]),
  );
}

/** Claims of a zombie are older than those of the member that took over from it; of two equally old claims neither counts. */
function validClaims(
  candidates: readonly Candidate[],
  partitionCount: number,
): ReadonlyMap<number, Candidate> {
  const newest = new Map<number, { generationId: number; owner: Candidate | null }>();
  for (const candidate of candidates) {
    for (const partition of candidate.owned) {
      if (partition >= partitionCount) continue;
      const other = newest.get(partition);
      const { generationId } = candidate;
      if (other === undefined || generationId > other.generationId)
        newest.set(partition, { generationId, owner: candidate });
      else if (generationId === other.generationId) newest.set(partition, { generationId, owner: null });
    }
  }
  return new Map(
    [...newest].flatMap(([partition, { owner }]) => (owner === null ? [] : [[partition, owner]])),
  );
}

/** The first members, those who hold most, get one more where the partitions do not divide evenly. */
function quotaOf(rank: number, members: number, partitions: number): number {
  return Math.floor(partitions / members) + (rank < partitions % members ? 1 : 0);
}

function keepQuota({ partitions }: Share, quota: number, free: Set<number>): void {
  partitions.splice(quota);
  for (const partition of partitions) free.delete(partition);
}

function fillQuota({ partitions }: Share, quota: number, free: Set<number>): void {
  for (const partition of free) {
    if (partitions.length >= quota) return;
    partitions.push(partition);
    free.delete(partition);
  }
}

function compareNames(a: Candidate, b: Candidate): number {
  const [left, right] = [a.instanceId ?? a.memberId, b.instanceId ?? b.memberId];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
