import { createHash } from 'node:crypto';
import { LocalRegistry, type LogReader, registerSchemas, TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { expect, test } from '@jest/globals';
import type { PipelineLogs } from '../pipeline-logs.ts';
import { findRejections, type RejectionFilter } from './found-rejection.ts';

const ID = '00000000-0000-4000-8000-00000000000a';

const registry = new LocalRegistry();
await registerSchemas(registry, [topics.submissions, topics.rejections]);
const submissions = await TopicCodec.open(registry, topics.submissions);
const rejections = await TopicCodec.open(registry, topics.rejections);

/** One partition with a refusal of the same id at each offset, appended at this offset's millisecond. */
function logsWith(count: number): PipelineLogs {
  const value = submissions.encode('DayReopenRequested', {
    merchantId: 'm-1',
    submittedAt: 1_795_000_000_000,
    source: { system: 'test', deviceId: null, sequence: null },
    requestId: ID,
    businessDate: 20_000,
    requestedBy: 'gerente',
    reason: 'falta',
  });
  const rejection = rejections.encode('SubmissionRejected', {
    code: 'day-not-closed',
    detail: 'x',
    sourceOffset: 5,
    recordedAt: 0,
    key: Buffer.from('m-1'),
    value,
    valueSha256: createHash('sha256').update(value).digest(),
  });
  const reader = {
    startOffset: async () => 0,
    endOffset: async () => count,
    offsetAtTime: async (_topic: string, _partition: number, timestampMs: number) => timestampMs,
    async *read({ from, to }: { readonly from: number; readonly to: number }) {
      for (let offset = from; offset < to; offset += 1)
        yield [{ offset, timestampMs: offset, key: Buffer.from('m-1'), value: rejection }];
    },
  } as unknown as LogReader;
  return {
    reader,
    partitionsOf: async () => 1,
    committed: () => Promise.reject(new Error('nobody asks')),
    codecOf: async ({ name }) => (name === topics.rejections.name ? rejections : submissions),
  };
}

test.each<[string, RejectionFilter['names'], readonly number[]]>([
  ['places', [1, 3].map((offset) => ({ kind: 'place', partition: 0, offset }) as const), [3]],
  ['an id', [{ kind: 'id', id: ID }], [2, 3]],
  [
    'an id and a place',
    [
      { kind: 'id', id: ID },
      { kind: 'place', partition: 0, offset: 1 },
    ],
    [2, 3],
  ],
  ['nothing', [], [2, 3]],
])('what was refused before is not found, where %s is named', async (_what, names, offsets) => {
  const found: number[] = [];
  const filter = { sinceMs: 2, names };
  for await (const { offset } of findRejections(logsWith(4), filter, new AbortController().signal))
    found.push(offset);
  expect(found).toEqual(offsets);
});
