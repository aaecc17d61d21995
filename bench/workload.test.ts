import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { encodeForRival, postedEntryIdOfRival } from './kafka-streams/rival-format.ts';
import { digestLine, entryAt, MERCHANTS, standardWorkload } from './workload.ts';

const END_MS = 1_793_545_200_000;

/** What `Main digest n=20000` of kafka-streams/java prints for the same end: a change on one side only must not go unseen. */
const DIGEST_OF_JAVA = '0fd489582e75cb20604d6b23f1876aec08ce9e323ef7e3863412c37ad003851f';

test('the entries are those that the rival computes', () => {
  const workload = standardWorkload(20_000, END_MS);
  const digest = createHash('sha256');
  for (let position = 0; position < workload.entries; position++)
    digest.update(digestLine(entryAt(position, workload)));
  expect(digest.digest('hex')).toBe(DIGEST_OF_JAVA);
});

test('one merchant can have half of all entries, and history can be long', () => {
  const workload = { ...standardWorkload(2_000, END_MS), hotShare: 0.5, days: 365 };
  const entries = Array.from({ length: workload.entries }, (_, position) => entryAt(position, workload));
  const ofFirst = entries.filter(({ merchantId }) => merchantId === 'm-100000').length;
  expect(ofFirst).toBeGreaterThan(900);
  expect(ofFirst).toBeLessThan(1_200);
  const days = Math.max(...entries.map(({ occurredAt }) => (END_MS - occurredAt) / 86_400_000));
  expect(days).toBeGreaterThan(364);
  expect(new Set(entries.map(({ merchantId }) => merchantId)).size).toBeLessThan(MERCHANTS);
});

test('the rival is sent plain Avro behind its own schema id', () => {
  const entry = {
    ...entryAt(7, standardWorkload(100, END_MS)),
    amountMinor: 300,
    occurredAt: 1_793_545_200_000,
  };
  const bytes = encodeForRival(entry);
  expect(bytes.subarray(0, 6).toString('hex')).toBe('000000000148');
  expect(postedEntryIdOfRival(bytes)).toBe(entry.entryId);
  // 300, the text BRL, and the instant as zigzag varints.
  expect(bytes.subarray(-12).toString('hex')).toBe('d8040642524c8086fff9b268');
});
