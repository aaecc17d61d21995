/**
 * Rejections as they stand in their topic, each beside what its bytes say of themselves: which submission it was, of whom. The bytes come
 * from anybody; what cannot be decoded is no error here, it is why there is a rejection.
 */
import { createHash } from 'node:crypto';
import type { Decoded, TopicCodec } from '@fluxo/kafka';
import { type SubmissionRejected, topics } from '@fluxo/schemas';
import type { PipelineLogs } from '../pipeline-logs.ts';
import { textOf } from '../text-of.ts';
import { readTopic, type Span, spanOf, type TopicRecord } from '../topic-reader.ts';
import type { RejectionName, RejectionPlace } from './rejection-place.ts';

export type FoundRejection = RejectionPlace & {
  readonly rejection: SubmissionRejected;
  /** What was refused, decoded as far as it can be from the bytes that were kept. */
  readonly submission: Decoded;
};

export type RejectionFilter = {
  readonly code?: string;
  readonly merchant?: string;
  /** Refused at or after this, epoch milliseconds, by the broker's clock; null: since ever. */
  readonly sinceMs: number | null;
  /** Only these; all of them if there are none. */
  readonly names: readonly RejectionName[];
};

type RejectionCodecs = { readonly rejections: TopicCodec; readonly submissions: TopicCodec };

export async function openRejectionCodecs(logs: PipelineLogs): Promise<RejectionCodecs> {
  return {
    rejections: await logs.codecOf(topics.rejections),
    submissions: await logs.codecOf(topics.submissions),
  };
}

/** The rejections that are committed now and pass the filter, partition after partition in offset order. */
export async function* findRejections(
  logs: PipelineLogs,
  filter: RejectionFilter,
  signal: AbortSignal,
): AsyncGenerator<FoundRejection> {
  const spans = await spansToRead(logs, filter);
  const codecs = await openRejectionCodecs(logs);
  for (const span of spans)
    for await (const records of readTopic(logs, span, signal))
      for (const record of records) {
        const found = rejectionIn(record, codecs);
        if (found !== null && passes(found, filter)) yield found;
      }
}

/** What the record says; null if it is no rejection that can be read. */
export function rejectionIn(
  { partition, offset, value }: TopicRecord,
  codecs: RejectionCodecs,
): FoundRejection | null {
  const decoded = codecs.rejections.decode(value);
  if (decoded.kind !== 'record' || decoded.type !== 'SubmissionRejected') return null;
  const submission = codecs.submissions.decode(decoded.value.value);
  return { partition, offset, rejection: decoded.value, submission };
}

/** Where places are named and nothing else, only those are read; of these too only what came since. */
async function spansToRead(
  logs: PipelineLogs,
  { sinceMs, names }: RejectionFilter,
): Promise<readonly Span[]> {
  const spans = await since(logs, sinceMs, await spanOf(logs, topics.rejections));
  const places = names.flatMap((name) => (name.kind === 'place' ? [name] : []));
  if (names.length > 0 && places.length === names.length)
    return spans.flatMap((span) =>
      places
        .filter(
          ({ partition, offset }) => partition === span.partition && offset >= span.from && offset < span.to,
        )
        .map(({ offset }) => ({ ...span, from: offset, to: offset + 1 })),
    );
  return spans;
}

/** What of these spans was appended at or after this instant, epoch milliseconds; null: all of it. */
export async function since(
  { reader }: PipelineLogs,
  sinceMs: number | null,
  spans: readonly Span[],
): Promise<readonly Span[]> {
  if (sinceMs === null) return spans;
  return await Promise.all(
    spans.map(async (span) => ({
      ...span,
      from: await reader.offsetAtTime(span.topic, span.partition, sinceMs),
    })),
  );
}

export function passes(found: FoundRejection, { code, merchant, names }: RejectionFilter): boolean {
  if (code !== undefined && found.rejection.code !== code) return false;
  if (merchant !== undefined && merchantOf(found) !== merchant && textOf(found.rejection.key) !== merchant)
    return false;
  return names.length === 0 || names.some((name) => isNamed(found, name));
}

function isNamed(found: FoundRejection, name: RejectionName): boolean {
  return name.kind === 'id'
    ? idOf(found) === name.id
    : found.partition === name.partition && found.offset === name.offset;
}

/** The merchant the submission names; null if it cannot be told. */
export function merchantOf({ submission }: FoundRejection): string | null {
  return textField(submission, 'merchantId');
}

/** The id of the submission, in lower case; null if it cannot be told. */
export function idOf({ submission }: FoundRejection): string | null {
  return submissionIdIn(submission);
}

/** The same of any submission. */
export function submissionIdIn(submission: Decoded): string | null {
  const id = ['entryId', 'configId', 'requestId'].map((field) => textField(submission, field));
  return id.find((each) => each !== null)?.toLowerCase() ?? null;
}

function textField(submission: Decoded, field: string): string | null {
  if (submission.kind !== 'record') return null;
  const value = (submission.value as { readonly [name: string]: unknown })[field];
  return typeof value === 'string' ? value : null;
}

/** Whether all bytes of the value were kept; of a longer one the topic has the first 64 KiB. */
export function isWhole({ value, valueSha256 }: Pick<SubmissionRejected, 'value' | 'valueSha256'>): boolean {
  return createHash('sha256').update(value).digest().equals(valueSha256);
}
