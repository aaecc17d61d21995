/** What a restore step is told before its records come. The rest of restoring is proven against logs with transactions. */
import { expect, test } from '@jest/globals';
import type { LogRecord, PartitionReader, ReadRange } from './ports.ts';
import { restoreState } from './restore.ts';
import type { RestoreStep, TransactionalState } from './topology.ts';

type Told = TransactionalState & { readonly told: string[] };

/** A log from 40 to 100 whose last records were aborted. */
const reader: PartitionReader = {
  topicId: async (topic) => topic,
  endOffset: async () => 100,
  startOffset: async () => 40,
  offsetAtTime: async (_topic, _partition, timestampMs) => (timestampMs === 1 ? 70 : 100),
  async *read({ from }: ReadRange) {
    const record: LogRecord = { offset: from, timestampMs: 0, key: null, value: null };
    yield [record];
  },
};

async function toldOf(from: RestoreStep<Told>['from']): Promise<readonly string[]> {
  const step: RestoreStep<Told> = {
    topic: 'sums',
    from,
    expect: (state, offsets) => state.told.push(`${offsets} offsets`),
    apply: (state, { offset }) => state.told.push(`record ${offset}`),
  };
  const { state } = await restoreState<Told>({
    topology: {
      source: 'numbers',
      createState: () => ({
        told: [],
        pendingBytes: 0,
        commit: () => undefined,
        rollback: () => undefined,
      }),
      restore: [step],
      restored: () => undefined,
      prepare: () => null,
      process: () => undefined,
      flush: () => undefined,
    },
    reader,
    partition: 0,
    committed: 5,
    isInterrupted: () => false,
    clock: { nowMs: () => 0, sleep: async () => undefined },
    onWaiting: () => undefined,
  });
  return state.told;
}

test('a step is told how many offsets are to be read, before the first record', async () => {
  expect(await toldOf(() => 'start')).toEqual(['60 offsets', 'record 40']);
  expect(await toldOf(() => ({ timestampMs: 1 }))).toEqual(['30 offsets', 'record 70']);
});

test('what stands last is read also where nothing is as young as what is asked for', async () => {
  expect(await toldOf(() => ({ timestampMs: 2 }))).toEqual(['1 offsets', 'record 99']);
});
