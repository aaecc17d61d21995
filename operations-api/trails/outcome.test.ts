/** What the trail says of a submission that left nothing to be found: that the same had counted before, only where a refusal of it would still be there. */
import { createHash } from 'node:crypto';
import { LocalRegistry, type LogReader, type LogRecord, registerSchemas, TopicCodec } from '@fluxo/kafka';
import type { PipelineLogs } from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import { expect, test } from '@jest/globals';
import { outcomeOf } from './outcome.ts';

const registry = new LocalRegistry();
await registerSchemas(registry, [topics.ledger, topics.rejections]);
const codecs = {
  ledger: await TopicCodec.open(registry, topics.ledger),
  rejections: await TopicCodec.open(registry, topics.rejections),
};

const KEY = Buffer.from('m-1');
const VALUE = Buffer.from('hello');

/** The submission of this offset, recorded at this second. */
const submission = (offset: number) => ({
  topic: topics.submissions.name,
  partition: 0,
  offset,
  timestampMs: offset * 1_000,
  key: KEY,
  value: VALUE,
});

/** A refusal of the submission of this offset, published a moment after it. */
function refusalOf(sourceOffset: number): Pick<LogRecord, 'timestampMs' | 'key' | 'value'> {
  const value = codecs.rejections.encode('SubmissionRejected', {
    code: 'malformed',
    detail: 'x',
    sourceOffset,
    recordedAt: sourceOffset * 1_000,
    key: KEY,
    value: VALUE,
    valueSha256: createHash('sha256').update(VALUE).digest(),
  });
  return { timestampMs: sourceOffset * 1_000 + 50, key: KEY, value: Buffer.from(value) };
}

/** The topic of rejections begins at `from` with refusals of these submissions; the ledger is empty. */
function sceneOf(from: number, refused: readonly number[]) {
  const rejections = refused.map((offset, index) => ({ ...refusalOf(offset), offset: from + index }));
  const records = (topic: string) => (topic === topics.rejections.name ? rejections : []);
  const startOf = (topic: string) => (topic === topics.rejections.name ? from : 0);
  const endOf = (topic: string) => startOf(topic) + records(topic).length;
  const reader = {
    startOffset: async (topic: string) => startOf(topic),
    endOffset: async (topic: string) => endOf(topic),
    stableOffset: async (topic: string) => endOf(topic),
    offsetAtTime: async (topic: string, _partition: number, ms: number) =>
      records(topic).find(({ timestampMs }) => timestampMs >= ms)?.offset ?? endOf(topic),
    async *read({ topic, from: first, to }: { topic: string; from: number; to: number }) {
      yield records(topic).filter(({ offset }) => offset >= first && offset < to);
    },
  } as unknown as LogReader;
  const logs = { reader } as PipelineLogs;
  return { logs, codecs, takenTo: 1_000, signal: new AbortController().signal };
}

test.each([
  ['all of them are there', 0, []],
  ['an older one is still there', 7, [40, 60]],
])('without an output, where %s, the same had counted before', async (_where, from, refused) => {
  expect(await outcomeOf(submission(50), sceneOf(from, refused))).toEqual({ kind: 'duplicate' });
});

test.each([
  ['all that there were', []],
  ['older ones, perhaps its own', [60]],
])('where the topic has forgotten %s, nothing is known of one without an output', async (_what, refused) => {
  expect(await outcomeOf(submission(50), sceneOf(7, refused))).toEqual({ kind: 'not-found' });
});

test('a refusal that is there is found, also as the first that is left', async () => {
  expect(await outcomeOf(submission(50), sceneOf(7, [50]))).toMatchObject({ kind: 'rejected' });
});
