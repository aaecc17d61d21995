import { expect, test } from 'vitest';
import { linesOf } from './lag-lines.ts';

const at = (seconds: number) => new Date(seconds * 1_000).toISOString();
const history = {
  everySeconds: 10,
  at: [at(0), at(10), at(60)],
  groups: [{ group: 'a', behind: [0, 4, null], seconds: [null, 7, null] }],
};

test('a line has a point for each sample, and a gap where looks failed', () => {
  expect(linesOf({ history }, 'behind')).toEqual([
    {
      group: 'a',
      points: [
        [0, 0],
        [10_000, 4],
        [22_500, null],
        [60_000, null],
      ],
    },
  ]);
});

test('who is not behind is late by nothing; who is behind by records nobody may see yet, by nobody knows what', () => {
  const pending = { ...history, groups: [{ group: 'a', behind: [0, 4, 2], seconds: [null, 7, null] }] };
  expect(linesOf({ history: pending }, 'seconds')[0]?.points.map(([, value]) => value)).toEqual([
    0,
    7,
    null,
    null,
  ]);
});
