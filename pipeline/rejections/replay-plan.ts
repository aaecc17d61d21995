/**
 * What a replay would do, rejection by rejection: which bytes would be sent where, and what the processor would say to them now. Only what it
 * would accept is sent. The bytes are the original ones, so the id is too: what was accepted before, also by an earlier replay, is
 * found out here, and if it should race with another it is a duplicate to the processor (spec.md 3.2, row 4).
 */
import type { MessageToSend } from '@fluxo/kafka';
import { partitionOf } from '@fluxo/schemas';
import type { FoundRejection } from './found-rejection.ts';
import { type Original, originalOf } from './original.ts';
import { placeText } from './rejection-place.ts';
import { type Candidate, type Outcome, type TrialScene, tryOut } from './trial.ts';

export type ReplayStep = {
  readonly found: FoundRejection;
  /** The partition it would go to: the one of its key, wherever it was sent at first. */
  readonly partition: number;
  readonly verdict: Outcome | { readonly kind: 'lost'; readonly reason: string };
  readonly original: Original;
};

/** Names of the headers that say what a submission is a replay of, and who sent it: its trail for an audit. */
export const REPLAY_OF_HEADER = 'fluxo-replay-of';
export const REPLAYED_BY_HEADER = 'fluxo-replayed-by';

/** In the order in which they were submitted, partition by partition. Each is judged as if those before it had been sent. */
export async function planReplay(
  rejections: readonly FoundRejection[],
  partitions: number,
  scene: TrialScene,
): Promise<readonly ReplayStep[]> {
  const waiting: { found: FoundRejection; original: Original; candidate: Candidate | null }[] = [];
  for (const found of inSubmissionOrder(rejections)) {
    const original = await originalOf(scene.logs, found);
    waiting.push({ found, original, candidate: candidateOf(found, original, partitions) });
  }
  const candidates = waiting.flatMap(({ candidate }) => (candidate === null ? [] : [candidate]));
  const outcomes = await tryOut(candidates, scene);
  return waiting.map(({ found, original, candidate }) => ({
    found,
    original,
    partition: candidate?.partition ?? found.partition,
    verdict:
      original.kind === 'lost' ? original : (outcomes[candidates.indexOf(candidate as Candidate)] as Outcome),
  }));
}

function inSubmissionOrder(rejections: readonly FoundRejection[]): readonly FoundRejection[] {
  return rejections.toSorted(
    (a, b) => a.partition - b.partition || a.rejection.sourceOffset - b.rejection.sourceOffset,
  );
}

function candidateOf(found: FoundRejection, original: Original, partitions: number): Candidate | null {
  if (original.kind === 'lost') return null;
  const { key, value } = original;
  return { key, value, partition: key === null ? found.partition : partitionOf(key, partitions) };
}

/** The message of a step whose bytes would be accepted; null for every other. */
export function messageOf(
  { found, partition, verdict, original }: ReplayStep,
  by: string,
): MessageToSend | null {
  if (verdict.kind !== 'accepted' || original.kind === 'lost') return null;
  return {
    key: original.key === null ? null : Buffer.from(original.key),
    value: Buffer.from(original.value),
    partition,
    headers: { [REPLAY_OF_HEADER]: placeText(found), [REPLAYED_BY_HEADER]: by },
  };
}
