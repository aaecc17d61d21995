/**
 * Rejections as they stand in their topic, each beside what its bytes say of themselves: which submission it was, of whom. The bytes come
 * from anybody; what cannot be decoded is no error here, it is why there is a rejection.
 */
import { createHash } from 'node:crypto';
import { type Decoded, type TopicCodec, toJsonForm } from '@fluxo/kafka';
import { type SubmissionRejected, type TopicDefinition, topics } from '@fluxo/schemas';
import { textOf } from '../shown-record.ts';
import type { StackKafka } from '../stack-connection.ts';
import { offsetOf, type StartingPoint } from '../starting-point.ts';
import { readTopic, type Span, spanOf } from '../topic-reader.ts';
import type { RejectionName, RejectionPlace } from './rejection-place.ts';

export type FoundRejection = RejectionPlace & {
  readonly rejection: SubmissionRejected;
  /** What was refused, decoded as far as it can be from the bytes that were kept. */
  readonly submission: Decoded;
};

export type RejectionFilter = {
  readonly code?: string;
  readonly merchant?: string;
  readonly since: StartingPoint;
  /** Only these; all of them if there are none. */
  readonly names: readonly RejectionName[];
};

export type RejectionCodecs = { readonly rejections: TopicCodec; readonly submissions: TopicCodec };

export async function openRejectionCodecs(kafka: StackKafka): Promise<RejectionCodecs> {
  return {
    rejections: await kafka.codecOf(topics.rejections),
    submissions: await kafka.codecOf(topics.submissions),
  };
}

/** The rejections that are committed now and pass the filter, partition after partition in offset order. */
export async function* findRejections(
  kafka: StackKafka,
  filter: RejectionFilter,
  signal: AbortSignal,
): AsyncGenerator<FoundRejection> {
  const spans = await spansToRead(kafka, topics.rejections, filter);
  const codecs = await openRejectionCodecs(kafka);
  for (const span of spans)
    for await (const records of readTopic(kafka, span, signal))
      for (const { partition, offset, value } of records) {
        const decoded = codecs.rejections.decode(value);
        if (decoded.kind !== 'record' || decoded.type !== 'SubmissionRejected') continue;
        const submission = codecs.submissions.decode(decoded.value.value);
        const found = { partition, offset, rejection: decoded.value, submission };
        if (passes(found, filter)) yield found;
      }
}

/** Where places are named and nothing else, only those are read. */
async function spansToRead(
  kafka: StackKafka,
  topic: TopicDefinition,
  { since, names }: RejectionFilter,
): Promise<readonly Span[]> {
  const whole = await spanOf(kafka, topic);
  const places = names.flatMap((name) => (name.kind === 'place' ? [name] : []));
  if (names.length > 0 && places.length === names.length)
    return whole.flatMap((span) =>
      places
        .filter(
          ({ partition, offset }) => partition === span.partition && offset >= span.from && offset < span.to,
        )
        .map(({ offset }) => ({ ...span, from: offset, to: offset + 1 })),
    );
  const nowMs = Date.now();
  return await Promise.all(
    whole.map(async (span) => {
      const { partition } = span;
      return { ...span, from: await offsetOf(since, { topic: topic.name, partition, nowMs }, kafka.reader) };
    }),
  );
}

function passes(found: FoundRejection, { code, merchant, names }: RejectionFilter): boolean {
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

/** For programs. */
export function rejectionJson(found: FoundRejection): object {
  const { partition, offset, rejection, submission } = found;
  return {
    partition,
    offset,
    code: rejection.code,
    detail: rejection.detail,
    sourceOffset: rejection.sourceOffset,
    recordedAt: rejection.recordedAt,
    key: textOf(rejection.key),
    type: submission.kind === 'record' ? submission.type : null,
    submission: submission.kind === 'record' ? toJsonForm(submission.type, submission.value) : null,
    isWhole: isWhole(rejection),
    raw: Buffer.from(rejection.value).toString('base64'),
  };
}
