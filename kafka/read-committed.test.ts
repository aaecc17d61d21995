import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { committedRecords } from './read-committed.ts';
import { field } from './record-batch-format.ts';
import { asStored, markerBatch, sampleBatch } from './record-batch-samples.ts';
import type { AbortedTransaction } from './requests.ts';

const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** A small log with its aborted transactions, as a broker keeps it. */
class SampleLog {
  readonly batches: Buffer[] = [];
  readonly aborted: AbortedTransaction[] = [];
  /** Values a read_committed reader must see, by offset. */
  readonly visible = new Map<number, string>();
  end = 0;
  readonly #open = new Map<number, { firstOffset: number; written: Map<number, string> }>();

  append(producerId: number | null, count: number): void {
    const baseOffset = this.end;
    const values = Array.from({ length: count }, (_, index) => `v${baseOffset + index}`);
    const records = values.map((value) => ({ key: null, value: Buffer.from(value) }));
    this.batches.push(sampleBatch({ baseOffset, records, ...(producerId === null ? {} : { producerId }) }));
    const open = producerId === null ? undefined : this.#openOf(producerId);
    for (const [index, value] of values.entries())
      (open?.written ?? this.visible).set(baseOffset + index, value);
    this.end += count;
  }

  finish(producerId: number, outcome: 'commit' | 'abort'): void {
    const open = this.#open.get(producerId);
    if (open === undefined) return;
    this.#open.delete(producerId);
    if (outcome === 'abort') this.aborted.push({ producerId, firstOffset: open.firstOffset });
    else for (const [offset, value] of open.written) this.visible.set(offset, value);
    this.batches.push(markerBatch(this.end, producerId, outcome));
    this.end += 1;
  }

  finishAll(): void {
    for (const producerId of this.#open.keys()) this.finish(producerId, 'commit');
  }

  #openOf(producerId: number) {
    const open = this.#open.get(producerId) ?? { firstOffset: this.end, written: new Map<number, string>() };
    this.#open.set(producerId, open);
    return open;
  }
}

function shown(log: SampleLog, range = EVERYTHING): [offset: number, value: string][] {
  const { records } = committedRecords({ records: Buffer.concat(log.batches), aborted: log.aborted }, range);
  return records.map(({ offset, value }) => [offset, Buffer.from(value ?? []).toString()]);
}

describe('an aborted transaction', () => {
  test('is left out, and what others wrote in between is not', () => {
    const log = new SampleLog();
    log.append(1, 2);
    log.append(2, 1);
    log.append(null, 1);
    log.append(1, 1);
    log.finish(1, 'abort');
    log.finish(2, 'commit');
    expect(shown(log)).toEqual([
      [2, 'v2'],
      [3, 'v3'],
    ]);
  });

  test('ends at its marker: the next transaction of the same producer counts', () => {
    const log = new SampleLog();
    log.append(1, 1);
    log.finish(1, 'abort');
    log.append(1, 1);
    log.finish(1, 'commit');
    log.append(1, 1);
    log.finish(1, 'abort');
    expect(shown(log)).toEqual([[2, 'v2']]);
  });

  test('is left out also by a reader that starts in its middle', () => {
    const log = new SampleLog();
    log.append(1, 1);
    log.append(1, 3);
    log.append(1, 1);
    log.finish(1, 'abort');
    expect(shown(log, { from: 2, to: 100 })).toEqual([]);
  });
});

test('the position moves past what is not shown', () => {
  const log = new SampleLog();
  log.append(1, 4);
  log.finish(1, 'abort');
  const fetched = { records: Buffer.concat(log.batches), aborted: log.aborted };
  expect(committedRecords(fetched, { from: 2, to: 100 })).toEqual({ records: [], nextOffset: 5 });
});

test('nothing came: the position stays', () => {
  const fetched = { records: Buffer.alloc(0), aborted: [] };
  expect(committedRecords(fetched, { from: 7, to: 100 })).toEqual({ records: [], nextOffset: 7 });
});

test('a batch that begins below the position shows only what is at or above it, and nothing from `to` on', () => {
  const log = new SampleLog();
  log.append(null, 5);
  log.append(null, 5);
  expect(shown(log, { from: 3, to: 7 }).map(([offset]) => offset)).toEqual([3, 4, 5, 6]);
});

describe('a batch that cannot be read', () => {
  const word = (baseOffset: number): Buffer =>
    sampleBatch({ baseOffset, records: [{ key: null, value: Buffer.from('v') }] });
  /** Its second record is not there, so that it fails in its middle. */
  const broken = (baseOffset: number): Buffer => {
    const batch = word(baseOffset);
    batch.writeInt32BE(2, field.recordsCount);
    return asStored(batch, baseOffset);
  };
  const offsets = (batches: readonly Buffer[], from: number) => {
    const read = committedRecords({ records: Buffer.concat(batches), aborted: [] }, { from, to: 100 });
    return { shown: read.records.map(({ offset }) => offset), nextOffset: read.nextOffset };
  };

  test('does not hide what stands before it, and nothing of it or behind it is shown', () => {
    const batches = [word(0), word(1), broken(2), word(3)];
    expect(offsets(batches, 0)).toEqual({ shown: [0, 1], nextOffset: 2 });
    expect(() => offsets(batches.slice(2), 2)).toThrow(
      expect.objectContaining({ code: 'corrupt-log', baseOffset: 2, lastOffset: 2 }),
    );
  });

  test('in an aborted transaction is nobody’s', () => {
    const log = new SampleLog();
    log.append(1, 1);
    log.finish(1, 'abort');
    const [aborted, marker] = log.batches as [Buffer, Buffer];
    aborted.writeInt32BE(2, field.recordsCount);
    const records = Buffer.concat([asStored(aborted, 0), marker, word(2)]);
    expect(committedRecords({ records, aborted: log.aborted }, EVERYTHING).nextOffset).toBe(3);
  });
});

test('an answer that comes to gigabytes is shown piece by piece', () => {
  const value = Buffer.alloc(5 * 1024 * 1024);
  const batches = [0, 1, 2, 3, 4].map((baseOffset) =>
    sampleBatch({ baseOffset, records: [{ key: null, value }], compression: 'zstd' }),
  );
  const steps: number[] = [];
  for (let from = 0; from < batches.length; from = steps.at(-1) as number) {
    const records = Buffer.concat(batches.slice(from));
    steps.push(committedRecords({ records, aborted: [] }, { from, to: 100 }).nextOffset);
  }
  expect(steps).toEqual([2, 4, 5]);
});

test('any interleaving of transactions: exactly the committed records, in order, once', () => {
  const step = fc.record({
    producer: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
    action: fc.constantFrom('append' as const, 'append' as const, 'commit' as const, 'abort' as const),
    count: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 100 }), (steps, from) => {
      const log = new SampleLog();
      for (const { producer, action, count } of steps) {
        if (action === 'append') log.append(producer, count);
        else if (producer !== null) log.finish(producer, action);
      }
      log.finishAll();
      const expected = [...log.visible].filter(([offset]) => offset >= from).toSorted(([a], [b]) => a - b);
      expect(shown(log, { from, to: Number.MAX_SAFE_INTEGER })).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
