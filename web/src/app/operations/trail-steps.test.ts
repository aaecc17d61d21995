import type { TrailBody } from '@fluxo/schemas';
import { expect, test } from 'vitest';
import { durationText, stepsOf } from './trail-steps.ts';

const at = (ms: number) => new Date(ms).toISOString();
const trail: TrailBody = {
  submissionId: null,
  type: 'EntrySubmitted',
  system: 'till',
  occurredAt: at(1_000),
  submittedAt: at(1_500),
  recordedAt: at(1_400),
  partition: 3,
  offset: 17,
  outcome: { kind: 'posted', publishedAt: at(1_430), records: [] },
  document: { date: '2026-11-26', revision: 4, publishedAt: at(1_430), offset: 9 },
  views: [],
};

test('each step says what it took since the one before, and where clocks change', () => {
  expect(stepsOf(trail).map(({ name, tookMs, isOtherClock }) => [name, tookMs, isOtherClock])).toEqual([
    ['occurred', null, false],
    ['submitted', 500, false],
    ['recorded', -100, true],
    ['posted', 30, false],
    ['document', 0, false],
  ]);
});

test('what has no time is no step', () => {
  const waiting = { ...trail, occurredAt: null, outcome: { kind: 'waiting' }, document: null } as const;
  expect(stepsOf(waiting).map(({ name }) => name)).toEqual(['submitted', 'recorded']);
});

test.each([
  [0, '+0 ms'],
  [-100, '-100 ms'],
  [1_999, '+1,999 ms'],
  [3_400, '+3.4 secs'],
  [720_000, '+12 mins'],
  [10_800_000, '+3 hrs'],
  [259_200_000, '+3 days'],
])('%d ms is %s', (ms, text) => {
  expect(durationText(ms, 'en-GB').replaceAll('\u00a0', ' ')).toBe(text);
});
