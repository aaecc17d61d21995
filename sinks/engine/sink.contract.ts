/**
 * What every sink must do, whatever store it writes to (style.md: adapters of one port share one contract suite). The suite speaks of
 * records with a key and a version that grows (a document's revision, a ledger record's sequence number) and gives batches to the
 * sink as its loop would; where they end up is the adapter's business.
 */
import { partitionOf } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import type { Sink, SinkBatch, WriteCount } from './sink.ts';

export const CONTRACT_PARTITIONS = 3;

/** A record of the test: what it is about, and its version. */
export type Versioned = { readonly key: 'a' | 'b' | 'c'; readonly version: number };

export type SinkHarness = {
  /** A sink on the store, as a process of its own would have it. */
  readonly openSink: () => Sink;
  /** The record as it stands in the topic. All keys are of one merchant. */
  readonly encode: (record: Versioned) => Uint8Array;
  readonly merchantId: string;
  /** Everything in the store but its positions, in a form that can be compared. */
  readonly contents: () => Promise<unknown>;
  /** What is stored of a key: its version; null if nothing is. */
  readonly version: (key: Versioned['key']) => Promise<number | null>;
  /** Loses everything, positions included. */
  readonly lose: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Gives a sink the records of the test's merchant. */
export class Feeder extends SinkFeeder {
  readonly #harness: Pick<SinkHarness, 'encode' | 'merchantId'>;

  constructor(sink: Sink, harness: Pick<SinkHarness, 'encode' | 'merchantId'>) {
    super(sink, CONTRACT_PARTITIONS);
    this.#harness = harness;
  }

  /** The partition of the merchant, as one batch. */
  write(records: readonly Versioned[]): Promise<WriteCount> {
    const partition = partitionOf(Buffer.from(this.#harness.merchantId), CONTRACT_PARTITIONS);
    const fromOffset = this.positions.get(partition) ?? 0;
    const batch: SinkBatch = {
      partition,
      fromOffset,
      records: records.map((record, index) => ({
        offset: fromOffset + index,
        key: Buffer.from(this.#harness.merchantId),
        value: this.#harness.encode(record),
      })),
      nextOffset: fromOffset + records.length,
      isComplete: false,
    };
    return this.put([batch]);
  }
}

/** `isAppendOnly`: every version is kept, as of a ledger, instead of the greatest one. */
export function sinkContract(
  name: string,
  { isAppendOnly = false }: { readonly isAppendOnly?: boolean },
  open: () => Promise<SinkHarness>,
): void {
  describe(`${name} as a sink`, () => {
    let harness: SinkHarness;
    const feeders: Feeder[] = [];
    beforeEach(async () => {
      harness = await open();
    });
    afterEach(async () => {
      for (const { sink } of feeders.splice(0)) await sink.close();
      await harness.close();
    });

    function feeder(): Feeder {
      const made = new Feeder(harness.openSink(), harness);
      feeders.push(made);
      return made;
    }

    const partition = () => partitionOf(Buffer.from(harness.merchantId), CONTRACT_PARTITIONS);

    test('a new store knows no position; afterwards it says how far it has been written', async () => {
      const first = feeder();
      expect(await first.connect()).toEqual(new Map());
      await first.write([
        { key: 'a', version: 1 },
        { key: 'b', version: 2 },
      ]);
      const stored = await feeder().connect();
      expect([...stored].toSorted(([a], [b]) => a - b)).toEqual([...first.positions]);
      expect(stored.get(partition())).toBe(2);
    });

    test('a batch written twice changes nothing the second time', async () => {
      const records = [
        { key: 'a', version: 2 },
        { key: 'b', version: 3 },
        { key: 'c', version: 4 },
      ] as const;
      const only = feeder();
      await only.connect();
      expect(await only.write(records)).toEqual({ written: 3, refused: 0 });
      const before = await harness.contents();
      expect(await only.write(records)).toEqual({ written: 0, refused: 3 });
      expect(await harness.contents()).toEqual(before);
    });

    test('a process that wakes up and writes what others have overtaken changes nothing, and is told to connect again', async () => {
      const [sleeper, owner] = [feeder(), feeder()];
      await sleeper.connect();
      await owner.connect();
      await owner.write([
        { key: 'a', version: 5 },
        { key: 'a', version: 7 },
      ]);
      const before = await harness.contents();
      await expect(sleeper.write([{ key: 'a', version: 5 }])).rejects.toMatchObject({
        code: 'sink-position-lost',
      });
      expect(await harness.contents()).toEqual(before);
      expect((await sleeper.connect()).get(partition())).toBe(2);
    });

    test('two that begin at once: one begins, the other is told to connect again', async () => {
      const [one, other] = [feeder().sink, feeder().sink];
      await Promise.all([one, other].map((sink) => sink.connect([0, 1, 2])));
      const begin = (sink: Sink): Promise<WriteCount> =>
        sink.write([{ partition: 1, fromOffset: 0, records: [], nextOffset: 4, isComplete: false }]);
      const outcomes = await Promise.allSettled([begin(one), begin(other)]);
      const failures = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
      expect(failures).toMatchObject([{ code: 'sink-position-lost' }]);
    });

    test('a store that was lost while nothing came is noticed, and starts over', async () => {
      const only = feeder();
      await only.connect();
      await only.write([{ key: 'a', version: 7 }]);
      await harness.lose();
      await expect(only.confirm(true)).rejects.toMatchObject({ code: 'sink-position-lost' });
      expect(await only.connect()).toEqual(new Map());
      await only.write([{ key: 'a', version: 7 }]);
      expect(await harness.version('a')).toBe(7);
    });

    if (isAppendOnly) return;

    test.each([
      [9, 10],
      [99, 100],
      [2 ** 31 - 1, 2 ** 31],
      [2 ** 53 - 2, 2 ** 53 - 1],
    ])('%d is older than %d, in whatever order they come', async (older, newer) => {
      const only = feeder();
      await only.connect();
      await only.write([
        { key: 'a', version: older },
        { key: 'b', version: newer },
      ]);
      const count = await only.write([
        { key: 'a', version: newer },
        { key: 'b', version: older },
      ]);
      expect(count).toEqual({ written: 1, refused: 1 });
      expect([await harness.version('a'), await harness.version('b')]).toEqual([newer, newer]);
    });

    test('of several versions in one batch the greatest stays', async () => {
      const only = feeder();
      await only.connect();
      await only.write([
        { key: 'a', version: 3 },
        { key: 'a', version: 8 },
        { key: 'a', version: 5 },
      ]);
      expect(await harness.version('a')).toBe(8);
    });
  });
}
