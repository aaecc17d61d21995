/** What is left of a run of records when of each key only the last one counts. */
import { expect, test } from '@jest/globals';
import { lastOfEachKey } from './last-of-key.ts';
import type { LogRecord } from './ports.ts';

function record(offset: number, key: string | null): LogRecord {
  return { offset, timestampMs: 0, key: key === null ? null : Buffer.from(key), value: null };
}

test('of each key the last record stays, in the order of the log', () => {
  const records = [record(0, 'a'), record(1, 'b'), record(2, 'a'), record(3, 'c'), record(4, 'b')];
  expect(lastOfEachKey(records).map(({ offset }) => offset)).toEqual([2, 3, 4]);
});

test('keys are compared byte for byte, also where they are no text', () => {
  const one = { ...record(0, null), key: Uint8Array.of(0xc3, 0x28) };
  const other = { ...record(1, null), key: Uint8Array.of(0xc3, 0x29) };
  expect(lastOfEachKey([one, other])).toEqual([one, other]);
});

test('records without a key are left as they are', () => {
  const records = [record(0, null), record(1, 'a'), record(2, null)];
  expect(lastOfEachKey(records)).toEqual(records);
});
