/**
 * What the processor made of a submission. Ledger records and rejections name the submission they came of and stand in its order, so the search is short; and it
 * says that there is nothing only where there can be nothing.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { firstRecord, type PipelineLogs, type TopicRecord } from '@fluxo/pipeline';
import { formatDate, type OutcomeBody, type PostedBody, toInstant, topics } from '@fluxo/schemas';
import { placeOf } from '../place.ts';
import { lookThrough } from './look-through.ts';

export type OutcomeScene = {
  readonly logs: PipelineLogs;
  readonly codecs: { readonly ledger: TopicCodec; readonly rejections: TopicCodec };
  /** The processor has committed everything before this offset of the partition. */
  readonly takenTo: number;
  readonly signal: AbortSignal;
};

export async function outcomeOf(submission: TopicRecord, scene: OutcomeScene): Promise<OutcomeBody> {
  if (submission.offset >= scene.takenTo) return { kind: 'waiting' };
  const posted = await postedOf(submission, scene);
  if (posted.kind === 'posted') return posted;
  const rejected = await rejectionOf(submission, scene);
  if (rejected.kind === 'rejected') return rejected;
  return posted.isSure && rejected.isSure ? { kind: 'duplicate' } : { kind: 'not-found' };
}

type Missing = { readonly kind: 'missing'; readonly isSure: boolean };
type Posted = Extract<OutcomeBody, { readonly kind: 'posted' }>;
type Rejected = Extract<OutcomeBody, { readonly kind: 'rejected' }>;

async function postedOf(
  { partition, offset, timestampMs }: TopicRecord,
  { logs, codecs, signal }: OutcomeScene,
): Promise<Posted | Missing> {
  const records: PostedBody[] = [];
  let publishedMs = 0;
  const visit = (record: TopicRecord) => {
    const decoded = codecs.ledger.decode(record.value);
    if (decoded.kind !== 'record' || !('sourceOffset' in decoded.value)) return 'go on';
    const { sourceOffset } = decoded.value;
    if (sourceOffset > offset) return 'enough';
    if (sourceOffset < offset || !('ledgerSeq' in decoded.value)) return 'go on';
    const { ledgerSeq } = decoded.value;
    const date = 'businessDate' in decoded.value ? formatDate(decoded.value.businessDate) : null;
    records.push({ type: decoded.type, ledgerSeq, businessDate: date, offset: record.offset });
    publishedMs = record.timestampMs;
    return 'go on';
  };
  const search = { topic: topics.ledger, partition, fromMs: timestampMs, visit } as const;
  const end = await lookThrough(logs, search, signal);
  if (records.length === 0) return { kind: 'missing', isSure: end !== 'limit' };
  return { kind: 'posted', publishedAt: toInstant(publishedMs), records };
}

async function rejectionOf(
  { partition, offset, timestampMs }: TopicRecord,
  { logs, codecs, signal }: OutcomeScene,
): Promise<Rejected | Missing> {
  const found: Rejected[] = [];
  const visit = (record: TopicRecord) => {
    const decoded = codecs.rejections.decode(record.value);
    if (decoded.kind !== 'record' || decoded.type !== 'SubmissionRejected') return 'go on';
    const { sourceOffset, code, detail } = decoded.value;
    if (sourceOffset < offset) return 'go on';
    if (sourceOffset === offset) {
      const publishedAt = toInstant(record.timestampMs);
      found.push({ kind: 'rejected', publishedAt, code, detail, place: placeOf(record) });
    }
    return 'enough';
  };
  const search = { topic: topics.rejections, partition, fromMs: timestampMs, visit } as const;
  const end = await lookThrough(logs, search, signal);
  if (found[0] !== undefined) return found[0];
  return {
    kind: 'missing',
    isSure: end !== 'limit' && (await isRemembered(partition, offset, { logs, codecs })),
  };
}

/** Whether a refusal of this submission would still be there: the topic forgets, oldest first, and a refusal of an earlier one is left. */
async function isRemembered(
  partition: number,
  sourceOffset: number,
  { logs, codecs }: Pick<OutcomeScene, 'logs' | 'codecs'>,
): Promise<boolean> {
  const { name: topic } = topics.rejections;
  const from = await logs.reader.startOffset(topic, partition);
  if (from === 0) return true;
  const to = await logs.reader.stableOffset(topic, partition);
  const first = await firstRecord(logs, { topic, partition, from, to });
  const decoded = codecs.rejections.decode(first?.value ?? null);
  return (
    decoded.kind === 'record' &&
    decoded.type === 'SubmissionRejected' &&
    decoded.value.sourceOffset < sourceOffset
  );
}
