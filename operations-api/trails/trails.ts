/**
 * The way of a merchant's latest submissions, from whoever made them to those who read what came of them, with the times that are written down somewhere:
 * the maker's, the broker's when it came in, the broker's when its outcome was published. When a reader took it nobody writes down, only that it did.
 */
import type { TopicCodec } from '@fluxo/kafka';
import {
  dynamodbSinks,
  type PipelineLogs,
  type Positions,
  processor,
  type Stage,
  sinks,
  submissionIdIn,
  type TopicRecord,
  textOf,
} from '@fluxo/pipeline';
import {
  formatDate,
  type OutcomeBody,
  partitionOf,
  type TakenBody,
  type TrailBody,
  type TrailsBody,
  toInstant,
  topics,
} from '@fluxo/schemas';
import { placeIn } from '../place.ts';
import { type FoundSubmission, latestSubmissions, type TrailQuestion } from './latest-submissions.ts';
import { lookThrough } from './look-through.ts';
import { type OutcomeScene, outcomeOf } from './outcome.ts';

const FOUND_WITHIN_MS = 25_000;

/** What Date knows, on either side of 1970. */
const DATE_MS_MAX = 8.64e15;

type Scene = OutcomeScene & {
  readonly balances: TopicCodec;
  readonly readers: readonly { readonly stage: Stage; readonly positions: Positions }[];
};

/** Fails like `PipelineLogs`, and with a time-out where it takes longer than a person waits. */
export async function trailsOf(logs: PipelineLogs, question: TrailQuestion): Promise<TrailsBody> {
  const { merchantId } = question;
  const signal = AbortSignal.timeout(FOUND_WITHIN_MS);
  const { name: topic } = topics.submissions;
  const partition = partitionOf(Buffer.from(merchantId), await logs.partitionsOf(topics.submissions));
  const from = await logs.reader.startOffset(topic, partition);
  const to = await logs.reader.stableOffset(topic, partition);
  const codec = await logs.codecOf(topics.submissions);
  const { found, isWhole } = await latestSubmissions({ topic, partition, from, to }, question, {
    logs,
    codec,
    signal,
  });
  const scene = await sceneOf(logs, partition, signal);
  const trails: TrailBody[] = [];
  for (const submission of found) trails.push(await trailOf(submission, scene));
  return { merchantId, isWhole, trails };
}

/** Positions come before what is read: what a group has taken by then has been published. */
async function sceneOf(logs: PipelineLogs, partition: number, signal: AbortSignal): Promise<Scene> {
  const readers: { stage: Stage; positions: Positions }[] = [];
  for (const stage of [...sinks, ...dynamodbSinks])
    readers.push({ stage, positions: await logs.committed(stage) });
  const taken = await logs.committed(processor);
  return {
    logs,
    signal,
    readers,
    takenTo: taken.get(processor.reads.name)?.get(partition) ?? 0,
    codecs: { ledger: await logs.codecOf(topics.ledger), rejections: await logs.codecOf(topics.rejections) },
    balances: await logs.codecOf(topics.dailyBalances),
  };
}

async function trailOf({ record, decoded }: FoundSubmission, scene: Scene): Promise<TrailBody> {
  const { value } = decoded;
  if (!('submittedAt' in value)) throw new Error(`${decoded.type} is no submission`);
  const outcome = await outcomeOf(record, scene);
  const document = await documentOf(record, outcome, scene);
  return {
    submissionId: submissionIdIn(decoded),
    type: decoded.type,
    system: value.source.system,
    occurredAt: 'occurredAt' in value ? sentInstant(value.occurredAt) : null,
    submittedAt: sentInstant(value.submittedAt),
    recordedAt: toInstant(record.timestampMs),
    partition: record.partition,
    offset: record.offset,
    outcome,
    document,
    views: takenOf(outcome, document, { ...scene, partition: record.partition }),
  };
}

/** The first document that shows the last entry that came of it. Compaction may have left only a later one: its revision says so. */
async function documentOf(
  { key, partition }: TopicRecord,
  outcome: OutcomeBody,
  { logs, balances, signal }: Scene,
): Promise<TrailBody['document']> {
  if (outcome.kind !== 'posted') return null;
  const last = outcome.records.findLast(({ type }) => type === 'EntryPosted');
  if (last === undefined) return null;
  const merchant = textOf(key);
  const found: NonNullable<TrailBody['document']>[] = [];
  const visit = (record: TopicRecord) => {
    const decoded = balances.decode(record.value);
    if (decoded.kind !== 'record' || decoded.type !== 'DailyBalance') return 'go on';
    const { merchantId, revision, businessDate } = decoded.value;
    const date = formatDate(businessDate);
    const isIt = merchantId === merchant && date === last.businessDate;
    if (!isIt || revision < last.ledgerSeq) return 'go on';
    found.push({ date, revision, publishedAt: toInstant(record.timestampMs), offset: record.offset });
    return 'enough';
  };
  const fromMs = Date.parse(outcome.publishedAt);
  await lookThrough(logs, { topic: topics.dailyBalances, partition, fromMs, visit }, signal);
  return found[0] ?? null;
}

type Readers = Pick<Scene, 'readers'> & { readonly partition: number };

/** Whether the sinks have taken what came of it: each reads one topic. A sink that has committed nothing anywhere is not there. */
function takenOf(
  outcome: OutcomeBody,
  document: TrailBody['document'],
  { readers, partition }: Readers,
): readonly TakenBody[] {
  const offsets = new Map<string, number>();
  if (outcome.kind === 'posted') offsets.set(topics.ledger.name, outcome.records.at(-1)?.offset ?? 0);
  if (outcome.kind === 'rejected') offsets.set(topics.rejections.name, placeIn(outcome.place).offset);
  if (document !== null) offsets.set(topics.dailyBalances.name, document.offset);
  return readers.flatMap(({ stage, positions }) => {
    const offset = offsets.get(stage.reads.name);
    const committed = positions.get(stage.reads.name);
    if (offset === undefined || committed === undefined || committed.size === 0) return [];
    return [{ group: stage.groupId, taken: (committed.get(partition) ?? 0) > offset }];
  });
}

/** Senders may write any number, and what they are refused for is what one comes to see here. Null: it is no instant of RFC 3339, whose years have four digits. */
function sentInstant(ms: number): string | null {
  const text = Math.abs(ms) <= DATE_MS_MAX ? toInstant(ms) : '';
  return /^\d{4}-/.test(text) ? text : null;
}
