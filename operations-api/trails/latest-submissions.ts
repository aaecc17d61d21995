/** The latest submissions of a merchant, newest first, found by reading its partition backwards, so far and no further. */
import type { Decoded, TopicCodec } from '@fluxo/kafka';
import {
  Backwards,
  type PipelineLogs,
  type Span,
  submissionIdIn,
  type TopicRecord,
  textOf,
} from '@fluxo/pipeline';

/** Records of the partition that are looked at. */
const LOOKED_AT_MAX = 20_000;
const FOUND_MAX = 10;

export type TrailQuestion = {
  readonly merchantId: string;
  /** Only those with this id; null: whatever the merchant sent. */
  readonly submissionId: string | null;
};

/** One that can be read. */
export type FoundSubmission = {
  readonly record: TopicRecord;
  readonly decoded: Extract<Decoded, { readonly kind: 'record' }>;
};

export type LatestSubmissions = {
  readonly found: readonly FoundSubmission[];
  /** Whether the partition was looked through to its beginning. */
  readonly isWhole: boolean;
};

type Scene = { readonly logs: PipelineLogs; readonly codec: TopicCodec; readonly signal: AbortSignal };

export async function latestSubmissions(
  span: Span,
  { merchantId, submissionId }: TrailQuestion,
  { logs, codec, signal }: Scene,
): Promise<LatestSubmissions> {
  const partition = new Backwards(logs, span, signal);
  const found: FoundSubmission[] = [];
  for (let looked = 0; looked < LOOKED_AT_MAX && found.length < FOUND_MAX; looked += 1) {
    await partition.fill();
    const record = partition.take();
    if (record === undefined) return { found, isWhole: true };
    if (textOf(record.key) !== merchantId) continue;
    const decoded = codec.decode(record.value);
    if (decoded.kind !== 'record') continue;
    if (submissionId === null || submissionIdIn(decoded) === submissionId) found.push({ record, decoded });
  }
  return { found, isWhole: false };
}
