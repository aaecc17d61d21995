/**
 * The fold with and without spans around its transactions: the same outputs, byte for byte and in the same order, and headers on exactly those that come of a
 * traced submission, or of the transaction that took it.
 */
import { openLocalCodecs } from '@fluxo/kafka';
import { TRACE_HEADER, topics } from '@fluxo/schemas';
import { beforeAll, expect, test } from '@jest/globals';
import { generateSubmissions } from '../testing/submission-generator.ts';
import type { EngineObserver } from './engine/observer.ts';
import type { LogRecord } from './engine/ports.ts';
import type { Topology } from './engine/topology.ts';
import { type FoldInput, type FoldOutput, foldSubmissions } from './fold.ts';
import { dailyBalanceTopology } from './topologies/daily-balance.topology.ts';
import type { PartitionState } from './topologies/partition-state.ts';
import type { DailyBalanceCodecs } from './topologies/record-codec.ts';
import { tracedParts } from './traced-parts.ts';

const BATCH = 25;

let codecs: DailyBalanceCodecs;
let inputs: readonly FoldInput[];

beforeAll(async () => {
  const opened = await openLocalCodecs();
  codecs = opened;
  const submissions = [...generateSubmissions({ seed: 7, count: 1_500, merchants: 12, days: 20 })];
  inputs = submissions.map(({ type, value, recordedAt }, offset) => ({
    partition: 0,
    record: {
      offset,
      timestampMs: recordedAt,
      key: Buffer.from(value.merchantId),
      value: opened.submissions.encode(type, value as never),
    },
  }));
});

/** Names the record, so that it is seen where it goes. */
const traceparentAt = (offset: number): string =>
  `00-${'a'.repeat(32)}-${offset.toString(16).padStart(16, '0')}-01`;

const isTraced = ({ offset }: Pick<LogRecord, 'offset'>): boolean => offset % 40 === 3;

const watchedBy = (observer: Partial<EngineObserver>) =>
  tracedParts(
    {
      topology: dailyBalanceTopology({ codecs, partitions: 1 }),
      observer: observer as EngineObserver,
    },
    (record) => (isTraced(record) ? traceparentAt(record.offset) : null),
  );

async function outputsOf(topology: Topology<PartitionState>): Promise<readonly FoldOutput[]> {
  async function* all() {
    yield* inputs;
  }
  const outputs: FoldOutput[] = [];
  for await (const output of foldSubmissions(topology, all(), { batchRecords: BATCH })) outputs.push(output);
  return outputs;
}

const withoutHeaders = (output: FoldOutput) => ({ ...output, headers: undefined });

test('what is published is the same', async () => {
  const plain = await outputsOf(dailyBalanceTopology({ codecs, partitions: 1 }));
  const traced = await outputsOf(watchedBy({}).topology);
  expect(plain.every(({ headers }) => headers === undefined)).toBe(true);
  expect(traced.map(withoutHeaders)).toEqual(plain.map(withoutHeaders));
  expect(traced.some(({ headers }) => headers !== undefined)).toBe(true);
});

/** Where an output came from: ledger records and refusals say it. */
function sourceOf({ topic, value }: FoldOutput): number {
  const codec = topic === topics.ledger.name ? codecs.ledger : codecs.rejections;
  const decoded = codec.decode(value);
  if (decoded.kind !== 'record' || !('sourceOffset' in decoded.value)) throw new Error('no source');
  return decoded.value.sourceOffset;
}

test('a ledger record or a refusal carries the trace of its submission', async () => {
  const direct: readonly string[] = [topics.ledger.name, topics.rejections.name];
  const outputs = (await outputsOf(watchedBy({}).topology)).filter(({ topic }) => direct.includes(topic));
  const carried = outputs.filter(({ headers }) => headers !== undefined);
  expect(new Set(carried.map(({ topic }) => topic))).toEqual(new Set(direct));
  for (const output of outputs) {
    const offset = sourceOf(output);
    const expected = isTraced({ offset }) ? { [TRACE_HEADER]: traceparentAt(offset) } : undefined;
    expect([offset, output.headers]).toEqual([offset, expected]);
  }
});

test('a document carries the trace that touched its merchant last in its transaction, and no other', async () => {
  const outputs = await outputsOf(watchedBy({}).topology);
  const documents = outputs.filter(({ topic }) => topic === topics.dailyBalances.name);
  const traced = new Map<string, string>();
  for (const { record } of inputs)
    if (isTraced(record)) {
      const transaction = Math.floor(record.offset / BATCH);
      traced.set(`${transaction} ${Buffer.from(record.key ?? []).toString()}`, traceparentAt(record.offset));
    }
  let carried = 0;
  for (const { key, headers, timestampMs } of documents) {
    const last = inputs.findIndex(
      ({ record }, index) => record.timestampMs === timestampMs && (index + 1) % BATCH === 0,
    );
    const transaction = last < 0 ? Math.floor((inputs.length - 1) / BATCH) : Math.floor(last / BATCH);
    const [merchant] = Buffer.from(key ?? [])
      .toString()
      .split('|');
    expect(headers?.[TRACE_HEADER]).toBe(traced.get(`${transaction} ${merchant}`));
    carried += headers === undefined ? 0 : 1;
  }
  expect(carried).toBeGreaterThan(0);
});

test('the observer is told everything as before', () => {
  const told: string[] = [];
  const { observer } = watchedBy({
    committed: ({ records }) => told.push(`committed ${records}`),
    settled: ({ cause, outcome }) => told.push(`${cause}: ${outcome}`),
  });
  observer.settled({ cause: 'transaction-aborted', outcome: 'rolled-back', error: null });
  observer.committed({ records: 3, outputs: 6, outputBytes: 1, durationMs: 1 });
  expect(told).toEqual(['transaction-aborted: rolled-back', 'committed 3']);
});
