/**
 * The submission that was refused, in its own bytes: from the submissions, where they stand for ever, or, should they be gone from there,
 * from the rejection, if that kept all of them. Whatever the source, the bytes are those whose SHA-256 the rejection names.
 */
import { topics } from '@fluxo/schemas';
import type { PipelineLogs } from '../pipeline-logs.ts';
import { type FoundRejection, isWhole } from './found-rejection.ts';

export type Original =
  | { readonly kind: 'found'; readonly key: Uint8Array | null; readonly value: Uint8Array }
  | { readonly kind: 'lost'; readonly reason: string };

/** Fails like `LogReader.read`. */
export async function originalOf(
  logs: PipelineLogs,
  { partition, rejection }: FoundRejection,
): Promise<Original> {
  const { key, value, valueSha256, sourceOffset } = rejection;
  const topic = topics.submissions.name;
  const place = { topic, partition, from: sourceOffset, to: sourceOffset + 1 };
  if (await isHeld(logs, place)) {
    for await (const [record] of logs.reader.read(place))
      if (record !== undefined && isWhole({ value: record.value ?? new Uint8Array(), valueSha256 }))
        return { kind: 'found', key: record.key, value: record.value ?? new Uint8Array() };
  }
  if (isWhole({ value, valueSha256 })) return { kind: 'found', key, value };
  return {
    kind: 'lost',
    reason: `its bytes are neither whole in the rejection nor any more at offset ${sourceOffset} of partition ${partition} of the submissions`,
  };
}

async function isHeld(
  { reader }: PipelineLogs,
  { topic, partition, from }: { readonly topic: string; readonly partition: number; readonly from: number },
): Promise<boolean> {
  return (
    from >= (await reader.startOffset(topic, partition)) &&
    from < (await reader.stableOffset(topic, partition))
  );
}
